"""What the privacy notice says about each answer: the same as beside the question (`programme.forms.privacy`)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from programme.forms.answers import AnswersForm, ProfileForm, RegistrationForm
from programme.forms.privacy import PRIVACY, Privacy
from programme.forms.stays import STAY
from programme.models import Session
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
        names = [*AnswersForm(programme=programme).fields]
        names += STAY if Session.Format.IN_PERSON in programme.formats else ()
    labels = {name: field.label for name, field in {**RegistrationForm.base_fields, **ProfileForm.base_fields}.items()}
    labels["email"] = EMAIL
    return [NoticeRow(labels[name] or name, PRIVACY[name]) for name in ("email", "delegation", *names)]
