"""Who sees each answer about a person, and how long it is kept. Change these sentences with what is true.

Forms show them beside each question, and the privacy notice in a list (`programme.forms.privacy_notice`).
"""

from typing import NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from programme.models import Question


class Privacy(NamedTuple):
    """What stands beside a question, under why it is asked."""

    seen_by: str | Promise
    kept: str | Promise


KEPT = _("Kept until you ask the organisers to delete it.")
KEPT_WITHOUT_HISTORY = _("Kept until you empty it.")
KEPT_WITH_APPLICATION = _("Kept with your application.")
ORGANISERS = _("Only the organisers see it.")
TEAM = _("The organisers and your team see it.")
PRIVACY = {
    "email": Privacy(_("The organisers and your team’s coordinators see it."), KEPT),
    "delegation": Privacy(TEAM, KEPT),
    "name": Privacy(_("The organisers, your team and the people who check you in see it."), KEPT),
    "job_title": Privacy(TEAM, KEPT),
    "department": Privacy(TEAM, KEPT),
    "hopes": Privacy(ORGANISERS, KEPT),
    "dietary_needs": Privacy(_("The organisers see it. The caterer gets it without your name."), KEPT_WITHOUT_HISTORY),
    "accessibility_needs": Privacy(ORGANISERS, KEPT_WITHOUT_HISTORY),
    "wants_expo_pass": Privacy(
        _("The organisers see it, and give the Expo your name, email address and job title if you want a pass."), KEPT
    ),
    "photo_consent": Privacy(_("The organisers see it, and tell the photographers."), KEPT),
    "language": Privacy(ORGANISERS, KEPT),
    "time_zone": Privacy(ORGANISERS, KEPT),
    "arrives_at": Privacy(ORGANISERS, KEPT),
    "leaves_at": Privacy(ORGANISERS, KEPT),
}


def privacy_of(question: Question) -> Privacy:
    """Return who sees the answers to a question of an edition, and how long they are kept."""
    usual = PRIVACY[question.key] if question.is_system else None
    kept = kept_for(question.kept_days) if question.kept_days is not None else usual.kept if usual else KEPT
    if usual:
        return Privacy(usual.seen_by, kept)
    if question.asked_when == Question.When.APPLICATION:
        return Privacy(ORGANISERS, kept if question.kept_days is not None else KEPT_WITH_APPLICATION)
    return Privacy(seen_by(question), kept)


def seen_by(question: Question) -> str | Promise:
    """Return who sees the answers to an own question to participants."""
    if question.has_file:
        return _("Only you and the organisers can open it.")
    if question.is_on_badge:
        return _("The organisers see it. It is on your badge, which you show at the door.")
    if question.asked_when == Question.When.COORDINATORS:
        return _("The organisers and your team’s coordinators see it.")
    if question.is_on_lists:
        return _("The organisers see it, and people who help them prepare the programme may get it in a list.")
    return ORGANISERS


def kept_for(days: int) -> str:
    """Return how long an answer is kept that is deleted some days after the edition."""
    if not days:
        return str(_("Deleted when the programme has ended."))
    text = ngettext(
        "Deleted %(n)s day after the programme has ended.", "Deleted %(n)s days after the programme has ended.", days
    )
    return text % {"n": days}


def add_privacy(form: forms.Form) -> None:
    """Give each field of a form its notice, which `components/field.html` shows."""
    for name in PRIVACY.keys() & form.fields.keys():
        form.fields[name].privacy = PRIVACY[name]  # type: ignore[attr-defined]
