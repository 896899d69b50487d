"""The emails that leave by themselves and in which an edition can have its own words. Applications add theirs in `AppConfig.ready`.

What is true in an email (times, links, codes, buttons, why something happened, the footer) is in its template, and stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

PARTICIPANTS, COORDINATORS = _("Participants"), _("Coordinators")
INVITED, APPLICANTS, ORGANISERS = _("Invited people"), _("Cities that applied"), _("Organisers")
SPEAKERS = _("Speakers")
OF_THE_READER = ("name", "city", "edition")
WITH_PAGE = (*OF_THE_READER, "portal_link")

LABELS = {  # what placeholders stand for; their values are in `queries.email_words`
    "name": _("name"),
    "city": _("city"),
    "edition": _("name of the edition"),
    "session": _("session that the email is about"),
    "portal_link": _("link to their page"),
}
IN_SUBJECTS = ("name", "city", "edition", "session")  # a subject has no room for links


@dataclass(frozen=True)
class BuiltInEmail:
    """A kind of email. `when`: it leaves; `names`: of the placeholders it has, see `queries.email_words.VALUES`.

    `has_subject`: the subject says the same in all cases, so that it may be another one. `replaces`: an own opening stands
    instead of the built-in one; otherwise before it, as that one says what happened.
    """

    to: Any
    when: Any
    names: Sequence[str] = WITH_PAGE
    has_subject: bool = True
    replaces: bool = False

    @property
    def names_in_subject(self) -> list[str]:
        return [name for name in self.names if name in IN_SUBJECTS]


BUILT_IN: dict[str, BuiltInEmail] = {
    "registered": BuiltInEmail(PARTICIPANTS, _("when they are registered"), replaces=True),
    "waiting": BuiltInEmail(PARTICIPANTS, _("when they registered and an organiser has to approve it"), replaces=True),
    "approved": BuiltInEmail(PARTICIPANTS, _("when an organiser approves their registration"), replaces=True),
    "declined": BuiltInEmail(
        PARTICIPANTS, _("when an organiser declines their registration"), OF_THE_READER, replaces=True
    ),
    "quota_waiting": BuiltInEmail(PARTICIPANTS, _("when they join the waiting list of their city")),
    "quota_promoted": BuiltInEmail(PARTICIPANTS, _("when their city has room for them"), has_subject=False),
    "moved": BuiltInEmail(PARTICIPANTS, _("when organisers move them to another city"), has_subject=False),
    "address_corrected": BuiltInEmail(PARTICIPANTS, _("when organisers correct their email address")),
    "place_offered": BuiltInEmail(PARTICIPANTS, _("when a colleague is asked to take over their place")),
    "withdrawn": BuiltInEmail(
        PARTICIPANTS, _("when they withdraw, or somebody withdraws them"), OF_THE_READER, has_subject=False
    ),
    "questions_added": BuiltInEmail(PARTICIPANTS, _("a day after you ask a new question"), replaces=True),
    "coming_question": BuiltInEmail(
        PARTICIPANTS, _("some days before the days in person, and once more"), has_subject=False
    ),
    "changed": BuiltInEmail(PARTICIPANTS, _("when their programme changes"), has_subject=False),
    "seats_chosen": BuiltInEmail(PARTICIPANTS, _("when they choose sessions")),
    "seat_assigned": BuiltInEmail(
        PARTICIPANTS, _("when organisers give them a seat"), (*WITH_PAGE, "session"), replaces=True
    ),
    "seat_offered": BuiltInEmail(
        PARTICIPANTS, _("when a seat is free that overlaps with theirs"), (*WITH_PAGE, "session"), replaces=True
    ),
    "seat_promoted": BuiltInEmail(PARTICIPANTS, _("when they get a seat from the waiting list"), has_subject=False),
    "seat_removed": BuiltInEmail(
        PARTICIPANTS, _("when organisers take away their seat"), (*WITH_PAGE, "session"), has_subject=False
    ),
    "seat_lost": BuiltInEmail(PARTICIPANTS, _("when a session they wait for is cancelled"), has_subject=False),
    "seat_clash": BuiltInEmail(PARTICIPANTS, _("when two of their sessions now overlap"), has_subject=False),
    "made_coordinator": BuiltInEmail(COORDINATORS, _("when they are made coordinators"), replaces=True),
    "no_longer_coordinator": BuiltInEmail(COORDINATORS, _("when somebody else coordinates instead")),
    "seat_wanted": BuiltInEmail(
        COORDINATORS, _("when somebody waits for the quota of their city"), ("city", "edition")
    ),
    "plan_feedback": BuiltInEmail(COORDINATORS, _("when feedback is given on their city’s Action Plan")),
    "plan_due_moved": BuiltInEmail(COORDINATORS, _("when a step of the Action Plan is due at another time")),
    "link_to_forward": BuiltInEmail(COORDINATORS, _("when they ask for a link for their team"), ("city", "edition")),
    "coordinator_invited": BuiltInEmail(INVITED, _("when you invite a coordinator"), ("city", "edition")),
    "colleague_invited": BuiltInEmail(INVITED, _("when somebody is invited to a team"), ("city", "edition")),
    "invitation_reminder": BuiltInEmail(INVITED, _("when an invitation is not used"), ("city", "edition")),
    "application_received": BuiltInEmail(APPLICANTS, _("when a city applies"), OF_THE_READER, replaces=True),
    "application_accepted": BuiltInEmail(APPLICANTS, _("when a city is accepted"), OF_THE_READER),
    "application_waiting": BuiltInEmail(
        APPLICANTS, _("when a city is put on the waiting list"), OF_THE_READER, replaces=True
    ),
    "application_declined": BuiltInEmail(APPLICANTS, _("when a city is declined"), OF_THE_READER, replaces=True),
    "speaker_invited": BuiltInEmail(SPEAKERS, _("when you invite them"), ("name", "edition")),
    "speaker_reminder": BuiltInEmail(SPEAKERS, _("when they have not answered for a week"), ("name", "edition")),
    "materials_wanted": BuiltInEmail(
        SPEAKERS, _("when you ask them for materials"), ("name", "edition"), has_subject=False
    ),
    "staff_invited": BuiltInEmail(
        ORGANISERS, _("when a colleague is given access to the edition"), ("name", "edition")
    ),
}

WHY_FIXED = {  # kinds that say the same in every edition → why
    "address_replaced": _("It warns the owner of an address that it is no longer used, and must be recognisable."),
    "campaign": _("You write each one yourself, under “Write to people”."),
    "campaign_test": _("It says what the email will say that is tested."),
}
