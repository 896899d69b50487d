"""What the privacy notice says about each answer: the same as beside the question (`programme.forms.privacy`)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.forms.answers import AnswersForm, ProfileForm, RegistrationForm
from programme.forms.privacy import ORGANISERS, PRIVACY, Privacy, privacy_of
from programme.forms.stays import STAY
from programme.models import Question, Session
from programme.queries.answers import own_questions
from programme.queries.published_programme import PublishedProgramme

EMAIL = _("Email address")


@dataclass(frozen=True)
class NoticeRow:
    """A question, or what is asked for, with who sees the answer and how long it is kept."""

    label: str | Promise
    privacy: Privacy


def notice_rows(programme: PublishedProgramme | None) -> list[NoticeRow]:
    """Return a row for each answer that an edition asks for; for all that any may ask for without one."""
    if programme is None:
        names = [*AnswersForm.base_fields, *STAY]
        if len(settings.LANGUAGES) == 1:
            names.remove("language")
    else:
        names = [name for name in AnswersForm(programme=programme).fields if name in PRIVACY]
        asked = {it.key for it in programme.questions if not it.is_retired}
        names += [it for it in STAY if Session.Format.IN_PERSON in programme.formats and it in asked]
    labels = {name: field.label for name, field in {**RegistrationForm.base_fields, **ProfileForm.base_fields}.items()}
    labels["email"] = EMAIL
    rows = [NoticeRow(labels[name] or name, PRIVACY[name]) for name in ("email", "delegation", *names)]
    rows += applicant_rows(programme)
    return [*rows, *(NoticeRow(str(it), privacy_of(it)) for it in own_questions_of(programme))]


def applicant_rows(programme: PublishedProgramme | None) -> list[NoticeRow]:
    """Return what the notice says of those who apply for a city, where cities apply."""
    if programme is None or not programme.edition.takes_applications:
        return []
    n = programme.edition.applications_kept_days
    kept = ngettext(
        "If the city does not take part, deleted %(n)s day after the decision.",
        "If the city does not take part, deleted %(n)s days after the decision.",
        n,
    )
    return [NoticeRow(_("Application of a city: contact person and answers"), Privacy(ORGANISERS, kept % {"n": n}))]


def own_questions_of(programme: PublishedProgramme | None) -> list[Question]:
    """Return the questions that the organisers of an edition have added and ask."""
    return [it for it in own_questions(programme.questions) if not it.is_retired] if programme else []
