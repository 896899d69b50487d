"""The usual wording of the system questions. An edition may word them otherwise (`Question.labels`, `Question.hints`)."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Wording(NamedTuple):
    label: Promise
    hint: Promise


WORDINGS = {
    "job_title": Wording(_("Job title"), _("So that speakers know who will be in the room.")),
    "department": Wording(
        _("Department"),
        _("So that the organisers can bring you together with your counterparts in other cities."),
    ),
    "hopes": Wording(
        _("What do you hope to learn?"), _("One or two sentences. The organisers use them to plan the sessions.")
    ),
    "dietary_needs": Wording(
        _("Dietary needs"), _("So that there is food for you. Leave this empty if you have none.")
    ),
    "accessibility_needs": Wording(_("Accessibility needs"), _("So that rooms and materials suit you.")),
    "arrives_at": Wording(
        _("Arrival"),
        _("For the days in person, so that the organisers know when to expect you. In %(place)s time."),
    ),
    "leaves_at": Wording(_("Departure"), _("So that the organisers know how long you stay. In %(place)s time.")),
    "wants_expo_pass": Wording(
        _("Would you like a free pass to the Expo?"),
        _("The organisers order passes by name, and only for people who want one."),
    ),
    "photo_consent": Wording(
        _("Do you agree to appear in photos of the in-person days?"),
        _("Photos are published in reports about the programme. You can change your mind at any time."),
    ),
}
