import pytest

from programme.actions.additions import Newcomer, add_people
from programme.errors import DelegationFullError
from programme.models import Participant, RegistrationDraft
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory
from tests.refusals import refused
from udtacademy.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(delegation):
    return Newcomer(delegation, "ana@girona.example", "Ana Anaya", "Planner")


def test_nobody_is_added_to_a_city_of_another_edition(ana, organiser):
    with refused("city_not_in_edition"):
        add_people(edition=EditionFactory(), newcomers=[ana], by=organiser)

    assert not Participant.objects.exists()


def test_more_people_than_the_quota_allows_are_refused_together(delegation, organiser):
    ParticipantFactory(delegation=delegation)
    three = [Newcomer(delegation, f"n{n}@girona.example", "N") for n in range(3)]

    with pytest.raises(DelegationFullError):
        add_people(edition=delegation.edition, newcomers=three, by=organiser)
    add_people(edition=delegation.edition, newcomers=three[:2], by=organiser)

    assert delegation.participants.registered().count() == 3


@pytest.mark.parametrize("state", Participant.State)
def test_somebody_who_takes_part_in_whatever_state_is_refused(ana, delegation, organiser, state):
    other = DelegationFactory(edition=delegation.edition)
    ParticipantFactory(delegation=other, state=state, user__email=ana.email, user__name="Ana")

    with refused("already_taking_part"):
        add_people(edition=delegation.edition, newcomers=[ana], by=organiser)

    assert User.objects.get(email=ana.email).name == "Ana"


def test_an_account_is_found_however_its_address_is_written(delegation, organiser):
    user = UserFactory(email="ana@münchen.example")

    (participant,) = add_people(
        edition=delegation.edition, newcomers=[Newcomer(delegation, "ana@münchen.example")], by=organiser
    )

    assert participant.user == user
    assert participant.user.name == user.name


def test_a_registration_that_was_begun_is_forgotten(ana, delegation, organiser):
    user = UserFactory(email=ana.email)
    RegistrationDraft.objects.create(user=user, edition=delegation.edition, answers={"name": "A"})

    add_people(edition=delegation.edition, newcomers=[ana], by=organiser)

    assert not RegistrationDraft.objects.exists()


def test_a_disabled_account_is_named_by_the_address_that_was_typed(delegation, organiser):
    disabled = UserFactory(email="ana@girona.example", name="Known Elsewhere", is_active=False)

    with refused("account_disabled") as refusal:
        add_people(edition=delegation.edition, newcomers=[Newcomer(delegation, disabled.email, "A")], by=organiser)

    assert disabled.email in str(refusal.value)
    assert disabled.name not in str(refusal.value)
