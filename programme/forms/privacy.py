"""Who sees each answer about a person, and how long it is kept. Change these sentences with what is true.

Forms show them beside each question, and the privacy notice in a list (`programme.forms.privacy_notice`).
"""

from typing import NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Privacy(NamedTuple):
    """What stands beside a question, under why it is asked."""

    seen_by: Promise
    kept: Promise


KEPT = _("Kept until you ask the organisers to delete it.")
KEPT_WITHOUT_HISTORY = _("Kept until you empty it.")
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


def add_privacy(form: forms.Form) -> None:
    """Give each field of a form its notice, which `components/field.html` shows."""
    for name in PRIVACY.keys() & form.fields.keys():
        form.fields[name].privacy = PRIVACY[name]  # type: ignore[attr-defined]
