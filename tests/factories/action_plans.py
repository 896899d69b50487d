import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from programme.models import ActionPlan, ActionPlanFile, ActionPlanPart, ActionPlanStep, ActionPlanVersion, PeerFeedback
from tests.documents import PDF
from tests.factories.people import DelegationFactory
from tests.factories.programme import EditionFactory


class StepFactory(DjangoModelFactory):
    """Without a session, so never due."""

    class Meta:
        model = ActionPlanStep

    edition = factory.SubFactory(EditionFactory)
    slug = factory.Sequence("step-{:06}".format)
    title = factory.LazyAttribute(lambda it: it.slug.capitalize())
    position = factory.Sequence(int)


class ActionPlanFactory(DjangoModelFactory):
    class Meta:
        model = ActionPlan
        django_get_or_create = ("delegation",)

    delegation = factory.SubFactory(DelegationFactory)
    edition = factory.LazyAttribute(lambda it: it.delegation.edition)


class PartFactory(DjangoModelFactory):
    """Submitted with its only version, unless `state` is draft."""

    class Meta:
        model = ActionPlanPart
        skip_postgeneration_save = True

    plan = factory.SubFactory(ActionPlanFactory)
    edition = factory.LazyAttribute(lambda it: it.plan.edition)
    step = factory.SubFactory(StepFactory, edition=factory.SelfAttribute("..edition"))
    state = "submitted"
    n_versions = 1
    submitted = factory.LazyAttribute(lambda it: None if it.state == "draft" else 1)
    submitted_at = factory.LazyAttribute(lambda it: None if it.state == "draft" else timezone.now())

    @factory.post_generation
    def version(self, create, _extracted, **_values):
        if create:
            ActionPlanVersion.objects.create(part=self, number=1, text="It is **hot**.")


class PlanFileFactory(DjangoModelFactory):
    class Meta:
        model = ActionPlanFile

    part = factory.SubFactory(PartFactory)
    file = factory.django.FileField(data=PDF)
    name, kind, size = "Plan.pdf", "pdf", len(PDF)


class PeerFeedbackFactory(DjangoModelFactory):
    class Meta:
        model = PeerFeedback

    edition = factory.SubFactory(EditionFactory)
    giver = factory.SubFactory(DelegationFactory, edition=factory.SelfAttribute("..edition"))
    receiver = factory.SubFactory(DelegationFactory, edition=factory.SelfAttribute("..edition"))
