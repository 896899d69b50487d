"""What is known about a person or a city, on its page beside the form: for organisers who answer a call."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.admin.address_page import address
from programme.admin.answers_page import answers
from programme.admin.messages import CHANGE as CHANGE_MESSAGES
from programme.admin.messages import again_url, can_be_sent_again
from programme.models import Delegation, Participant
from programme.panels import CITY, PERSON, SEEN_PAGES, Panel, SeenPage, seen_pages_of
from programme.queries.places import place_of
from programme.views import own_programme, portal, tracks
from udtacademy.accounts.models import User
from udtacademy.outbox.kinds import kind_label
from udtacademy.outbox.models import Message, ReturnedMail

LATEST = 10  # emails shown
MOST_INVITATIONS = 30  # of a city


def seats(viewer: User, person: Participant) -> dict[str, Any]:
    """Return the person's seats with their positions on waiting lists. One query."""
    rows = person.seats.with_position().select_related("session__edition").order_by("session__starts_at", "pk")
    return {"seats": rows if viewer.has_perm("programme.view_seat") else None}


@dataclass(frozen=True)
class ShownEmail:
    """An email in the list of a person. `again_url`: the page that sends it again; empty if there is none for the viewer."""

    message: Message
    again_url: str

    @property
    def came_back(self) -> str:
        """Return what came back of it, in words; empty if nothing did."""
        kind = self.message.came_back
        return str(ReturnedMail.Kind(kind).label) if kind else ""

    @property
    def label(self) -> str:
        return kind_label(self.message.kind) if self.message.is_sensitive else self.message.subject


def emails(viewer: User, person: Participant) -> dict[str, Any]:
    """Return the latest emails to the person about the edition, also from before they had an account. Two queries."""
    if not viewer.has_perm("outbox.view_message"):
        return {}
    theirs = Q(user=person.user_id) | Q(user=None, to=person.user.email)
    rows = Message.objects.filter(theirs, context=person.edition_id)
    rows = rows.select_related("sent_by").defer("text", "content").with_returned()
    may_send = viewer.has_perm(CHANGE_MESSAGES)
    shown = [
        ShownEmail(it, again_url(it, person.edition) if may_send and can_be_sent_again(it) else "")
        for it in rows.order_by("-created_at", "-pk")[:LATEST]
    ]
    return {"emails": shown, "n": rows.count(), "person": person}


def invitations(viewer: User, person: Participant) -> dict[str, Any]:
    """Return the invitations to the person's address. One query."""
    if not viewer.has_perm("programme.view_invitation"):
        return {}
    of_city = person.delegation.invitations.filter(email__iexact=person.user.email)
    return {"invitations": of_city.with_stage(timezone.now()).order_by("-created_at", "-pk")}


def place(viewer: User, person: Participant) -> dict[str, Any]:
    """Return who held the person's place before, who has it now, and to whom it is offered. Two queries at most."""
    offers = person.offers.open(timezone.now()) if viewer.has_perm("programme.view_invitation") else None
    return {
        "person": person,
        "before": place_of(person) if person.is_registered else [],
        "offer": offers.first() if offers is not None and person.is_registered else None,
    }


def seen_pages(viewer: User, person: Participant) -> dict[str, Any]:
    """Return the pages that can be looked at as the person sees them, and who did so last. One query."""
    if person.user.is_staff or not viewer.has_perm("programme.change_participant"):
        return {}
    return {
        "person": person,
        "pages": [(name, page.label) for name, page in seen_pages_of(person).items()],
        "views": person.views.select_related("seen_by")[:LATEST],
    }


def team(viewer: User, delegation: Delegation) -> dict[str, Any]:
    """Return the people of a city, and its latest invitations with their stage. Three queries."""
    context: dict[str, Any] = {"delegation": delegation}
    if viewer.has_perm("programme.view_participant"):
        people = delegation.participants.with_position().select_related("user")
        context["people"] = people.order_by("state", "waiting_number", "user__name", "pk")
    if viewer.has_perm("programme.view_invitation"):
        invitations = delegation.invitations.filter(revoked_at=None).with_stage(timezone.now())
        context["invitations"] = invitations.select_related("accepted_by").order_by("-created_at", "-pk")[
            :MOST_INVITATIONS
        ]
        context["n_invitations"] = delegation.invitations.count()
    return context


def register() -> None:
    """Put the programme's parts on these pages, before those of other apps."""
    PERSON[:0] = [
        Panel("admin/programme/_person_address.html", address),
        Panel("admin/programme/_person_place.html", place),
        Panel("admin/programme/_person_answers.html", answers),
        Panel("admin/programme/_person_seats.html", seats),
        Panel("admin/programme/_person_emails.html", emails),
        Panel("admin/programme/_person_invitations.html", invitations),
        Panel("admin/programme/_person_seen_as.html", seen_pages),
    ]
    of_others = dict(SEEN_PAGES)
    SEEN_PAGES.clear()
    SEEN_PAGES.update(
        {
            "portal": SeenPage(_("Portal"), portal.portal, is_for_all=True),
            "programme": SeenPage(_("Programme"), own_programme.own_programme),
            "tracks": SeenPage(_("Tracks"), tracks.tracks),
            "profile": SeenPage(_("Profile"), portal.profile),
        }
        | of_others
    )
    CITY[:0] = [Panel("admin/programme/_city_team.html", team)]
