"""Panels that attendance shows on pages of the programme."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendance import access, wording
from attendance.models import Certificate, Evidence, PublishedResults
from attendance.queries import own_attendance, standing
from attendance.queries.edition_tallies import tallies_of
from attendance.queries.feedback import own_unanswered
from attendance.queries.room_screens import takes_self_check_in
from attendance.queries.session_windows import can_be_joined, door_window, join_window
from attendance.queries.sessions import has_door
from attendance.queries.standing_aggregates import counts_of_cities
from attendance.rules.attendance import counts_so_far
from attendance.rules.shown_states import ShownState
from attendance.rules.standing import Case, Standing
from attendance.views import own_attendance as own_attendance_page
from programme import panels
from programme.areas import AREAS, Area, AreaPage, add_area
from programme.models import Edition, Participant, Session
from programme.portal_areas import PortalArea, add_portal_area
from programme.queries.overview import EditionCard
from programme.queries.participant_programme import OwnProgramme, ParticipantSession
from udtacademy.accounts.models import User

# Of a session that is not over, where the page says what to do instead of a state.
STILL_OPEN = frozenset(
    {ShownState.TO_COME, ShownState.RUNNING, ShownState.HERE, ShownState.NO_TIME, ShownState.NO_DATE}
)


def register() -> None:
    """Offer the panels, links and demo data of attendance to the programme."""
    panels.PORTAL_NEXT.append(panels.Panel("attendance/_next_session.html", next_session))
    panels.PORTAL.append(panels.Panel("attendance/_certificate_ready.html", certificate_ready))
    panels.PORTAL.append(panels.Panel("attendance/_core_progress.html", core_progress))
    panels.SESSION.append(panels.Panel("attendance/_session_panel.html", session_panel))
    panels.TEAM.append(panels.Panel("attendance/_team_standing.html", team_standing))
    panels.PROFILE.append(panels.Panel("attendance/_certificate_ready.html", certificate_of))
    panels.PROFILE.append(panels.Panel("attendance/_own_reminders.html", reminders))
    panels.SIGN_OUT.append(panels.Panel("attendance/_sign_out.html", dict))
    panels.EDITION_SUMMARY.append(panels.EditionPanel("attendance/_edition_summary.html", edition_summaries))
    panels.SEEN_PAGES["attendance"] = panels.SeenPage(_("Attendance"), own_attendance_page.own_attendance)
    panels.TODOS.append(give_feedback)
    panels.EDITION_LINKS.append(results_link)
    panels.FOOTER_LINKS.append(panels.PageLink(_("Check a certificate"), reverse_lazy("attendance:certificate-search")))
    panels.SESSION_LINKS["join"] = join_path
    panels.LANDINGS.append(desk_landing)
    panels.DEMO_COMMANDS.append("seed_attendance")
    add_portal_area(PortalArea("attendance", _("Attendance"), "attendance:own-attendance"), after="tracks")
    add_portal_area(PortalArea("badge", _("Badge"), "attendance:badge", stays_in_sight=True), after="attendance")
    add_pages()


def desk_landing(user: User) -> str | None:
    """Return the way to the door for staff who check people in and see no attendance."""
    is_desk = user.is_staff and user.has_perm(access.CHECK_IN) and not user.has_perm(access.SEE)
    return reverse("attendance:check-in-home") if is_desk else None


def add_pages() -> None:
    """Add the pages of attendance to an edition in the admin."""
    add_area(Area("attendance", _("Attendance")), after="seats")
    AREAS["attendance"].pages.extend(
        [
            AreaPage(_("Board"), "attendance-staff:board", access.SEE, "attendance.attendance"),
            AreaPage(_("Who is missing"), "attendance-staff:missing-latest", access.SEE),
            AreaPage(_("Meeting reports"), "attendance-staff:reports", access.REPORT),
            AreaPage(_("Requests"), "attendance-staff:excuses", "attendance.view_excuse", "attendance.excuse"),
            AreaPage(_("Decisions"), "attendance-staff:decisions", "attendance.view_decision", "attendance.decision"),
            AreaPage(_("Evidence"), "attendance-staff:evidence", "attendance.view_evidence", "attendance.evidence"),
            AreaPage(_("Kiosks"), "attendance-staff:kiosks", access.SET_KIOSKS),
            AreaPage(_("Names in reports"), "attendance-staff:aliases", "attendance.view_alias", "attendance.alias"),
        ]
    )
    AREAS["people"].pages.append(AreaPage(_("Badges and sign-in sheets"), "attendance-staff:badges", access.CHECK_IN))
    AREAS["messages"].pages.extend(
        [
            AreaPage(_("Reminders"), "attendance-staff:reminders", access.SEE_REMINDERS),
            AreaPage(_("After core sessions"), "attendance-staff:chasers", access.SEE_REMINDERS),
        ]
    )
    AREAS["outcomes"].pages.extend(
        [
            AreaPage(_("Standing of cities"), "attendance-staff:standings", access.SEE),
            AreaPage(_("Certificates"), "attendance-staff:certificates", access.SEE_CERTIFICATES),
            AreaPage(_("Feedback"), "attendance-staff:feedback", access.SEE_FEEDBACK),
            AreaPage(_("Results"), "attendance-staff:results", access.SEE_RESULTS),
        ]
    )


def give_feedback(participant: Participant, now: dt.datetime) -> panels.Todo | None:
    """Return a to-do while there are sessions to give feedback on: it leads to the one that closes first. One query."""
    unanswered = own_unanswered(participant, now)
    if not unanswered:
        return None
    first, n = unanswered[0], len(unanswered)
    text = ngettext(
        "“%(session)s”, until %(day)s. It takes a minute, without your name.",
        "“%(session)s”, until %(day)s, and %(others)s more. It takes a minute each, without your name.",
        n,
    )
    values = {"session": first.session, "day": date_format(first.closes_on, "j F Y"), "others": n - 1}
    url = reverse("attendance:own-feedback", args=[participant.edition.slug, first.session.slug])
    return panels.Todo(_now("Tell us what you think"), text % values, url)


def results_link(edition: Edition) -> panels.PageLink | None:
    """Return the way to the published results. One query."""
    is_published = PublishedResults.objects.filter(edition=edition).exists()
    return panels.PageLink(_("Results"), reverse("attendance:results", args=[edition.slug])) if is_published else None


def join_path(session: Session) -> str:
    return reverse("attendance:join", args=[session.edition.slug, session.slug])


def next_session(programme: OwnProgramme, session: Session) -> dict[str, Any]:
    """Return the context for joining the next session, or for the badge at its door. `session`: of the programme."""
    now = timezone.now()
    row = own_attendance.seen_at(programme, session, now)
    return {
        "edition": programme.edition,
        "session": session,
        "is_open": can_be_joined(session, now),
        "you_are_in": wording.you_are_in(row.status) if row else "",
    }


def session_panel(own: ParticipantSession) -> dict[str, Any]:
    """Return the context for one session on its page: joining, attendance and requests. Two queries, three once somebody
    was seen.
    """
    now, participant, edition, session = timezone.now(), own.participant, own.edition, own.session
    attended = own_attendance.own_sessions(own, now, own_attendance.excuses_about(participant, session))
    one = next(iter(attended), None)
    row = one.attendance if one else None
    seen = own_attendance.observations_of(participant, session) if row else []
    recorded = next((it for it in seen if it.kind != Evidence.Kind.JOIN), None)
    first = recorded or next(iter(seen), None)
    return {
        "edition": edition,
        "session": session,
        "one": one,
        "has_ended": wording.times_of(session).has_ended(now),
        "shows_state": one is not None and one.state not in STILL_OPEN,
        "seen_at": first.observed_at if first else None,
        "is_recorded": recorded is not None,  # not only clicked
        "counts": row is not None and counts_so_far(row.status),
        "has_clicked": any(it.kind == Evidence.Kind.JOIN for it in seen),
        "window": join_window(session, now).value,
        "opens_at": session.starts_at and session.starts_at - edition.join_opens_before,
        "is_at_door": has_door(session) and session.starts_at is not None,
        "takes_codes": door_window(session, now).value == "open" and takes_self_check_in(session),
    }


def certificate_ready(programme: OwnProgramme) -> dict[str, Any]:
    return certificate_of(programme.participant)


def certificate_of(participant: Participant) -> dict[str, Any]:
    """Return the valid certificate of somebody, if they have one: it may come before the last core session. One query."""
    valid = Certificate.objects.valid().filter(participant=participant)
    certificate = valid.select_related("file").defer("file__content").first()
    return {"edition": participant.edition, "certificate": certificate}


def core_progress(programme: OwnProgramme) -> dict[str, Any]:
    """Return the state of each core session: "1 of 2 attended". One query."""
    now, participant = timezone.now(), programme.participant
    core = [session for session in programme.sessions if session.is_core and not session.is_cancelled]
    of_core = replace(programme, sessions=core)
    sessions = own_attendance.own_sessions(of_core, now)
    reasoned = own_attendance.own_standing(of_core, sessions, now)
    return {
        "participant": participant,
        "edition": participant.edition,
        "sessions": sessions,
        "version": programme.version,
        "states": [(it.session.pk, it.state.value) for it in sessions],
        "year": now.year,
        "n_done": len(reasoned.of(Case.SETTLED)),
        "to_make_up": [it.session for it in sessions if it.is_to_make_up],
        "standing": reasoned.standing,
        "standing_summary": standing.summary_of(reasoned, now),
        "needs_attention": reasoned.standing in {Standing.NOT_MET, Standing.AT_RISK},
    }


def team_standing(participant: Participant) -> dict[str, Any]:
    return {"participant": participant, "edition": participant.edition}


def reminders(participant: Participant) -> dict[str, Any]:
    return {"participant": participant, "edition": participant.edition}


def edition_summaries(user: User, cards: Sequence[EditionCard]) -> dict[int, dict[str, Any]]:
    """Return the cities' standing, open requests and running sessions, as far as the user may see them, by edition."""
    editions, can_check_in = [it.edition for it in cards], user.has_perm(access.CHECK_IN)
    if not user.has_perm(access.SEE):
        return {it.pk: {"can_check_in": can_check_in} for it in editions}
    now = timezone.now()
    tallies, standings = tallies_of(editions, now), counts_of_cities(editions, now)
    return {
        card.edition.pk: tallies[card.edition.pk]
        | {
            "can_see": True,
            "counts": [
                (it.value, wording.STANDINGS[it], n) for it in Standing if (n := standings[card.edition.pk][it])
            ],
            "running": [it for it in card.on_now if it.is_published and not it.is_break],
            "can_check_in": can_check_in,
            "can_report": user.has_perm(access.REPORT),
            "sees_mails": user.has_perm(access.SEE_REMINDERS) and user.has_perm("outbox.view_message"),
        }
        for card in cards
    }
