"""Who may join, check in and see attendance. Each function returns the object, or answers 404 (staff without
permission: 403).
"""

import uuid
from collections.abc import Collection, Iterable
from typing import NoReturn

from django.db.models import Q, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from attendance.models import Certificate, Decision, Excuse, Kiosk, Report, ReportedPerson
from attendance.personal_links import feedback_links, join_links, mute_links
from attendance.queries.city_cells import CityCell, city_page
from attendance.queries.feedback import AskedSession, asked_of
from attendance.queries.sessions import attended, attended_sessions, has_door
from attendance.wording import times_of
from programme import access
from programme.access import check_staff, staff_edition
from programme.models import Edition, Participant, Session
from programme.queries.participant_programme import participant_in
from programme.queries.published_programme import PublishedProgramme, published_programme
from udtacademy.accounts.models import User
from udtacademy.accounts.models.visitor import Visitor
from udtacademy.errors import IncompleteLinkError
from udtacademy.http.parameters import whole_number

SEE = "attendance.view_attendance"
DECIDE = "attendance.add_decision"
CHECK_IN = "attendance.add_evidence"
NUDGE = "attendance.add_nudge"
SEE_REMINDERS = "attendance.view_reminder"
SETTLE = "attendance.add_settledsession"
REPORT = "attendance.add_report"
SET_ROOM_SCREEN = "attendance.change_roomscreen"
SET_KIOSKS = "attendance.add_kiosk"
SEE_CERTIFICATES = "attendance.view_certificate"
ISSUE_CERTIFICATES = "attendance.add_certificate"
REVOKE_CERTIFICATES = "attendance.change_certificate"
SEE_FEEDBACK = "programme.view_feedbackset"
SET_FEEDBACK = "programme.change_feedbackset"
SEE_RESULTS = "attendance.view_publishedresults"
PUBLISH_RESULTS = "attendance.add_publishedresults"


def attended_session(edition: Edition, slug: str) -> Session:
    """Return a session of the edition that people can attend, with its place and actual time; else 404."""
    sessions = attended_sessions(edition).with_place().select_related("actual_time")
    return get_object_or_404(sessions, slug=slug)


def own_session(visitor: Visitor, edition_slug: str, session_slug: str) -> tuple[Participant, Session]:
    """Return the visitor's registration and a session of that edition; 404 unless they are registered."""
    programme = published_programme(edition_slug)
    participant = participant_in(programme, visitor) if programme and isinstance(visitor, User) else None
    if programme is None or participant is None or not participant.is_registered:
        raise Http404
    return participant, published_session(programme.sessions, session_slug)


def colleague_cell(visitor: Visitor, edition_slug: str, pk: int, session_slug: str) -> tuple[Participant, CityCell]:
    """Return somebody in the city that the visitor coordinates, and what the city's page shows of them at a core session.

    404 unless the page offers a request for an excuse, or one waits for a decision.
    """
    coordinator = access.coordinator(visitor, edition_slug)
    page = city_page(coordinator, timezone.now())
    cell = page.cell_of(pk, session_slug) if pk != coordinator.pk else None
    if cell is None or not (cell.can_ask or cell.is_waiting):
        raise Http404
    return access.colleague(visitor, edition_slug, pk), cell


def published_session(sessions: Iterable[Session], slug: str) -> Session:
    """Return one of the sessions of a published programme that people can attend, with its actual time; else 404."""
    session = next((session for session in sessions if session.slug == slug and not session.is_break), None)
    if session is None:
        raise Http404
    prefetch_related_objects([session], "actual_time")  # no query if it was asked for since the programme was read
    return session


def joiner(visitor: Visitor, edition_slug: str, session_slug: str, key: str) -> tuple[Participant, Session]:
    """Return the person who joins and the session: by the personal link's key, else the visitor. 404 unless registered."""
    if not key:
        return own_session(visitor, edition_slug, session_slug)
    pks = join_links.read(key)
    if pks is None:
        raise Http404
    participant = get_object_or_404(
        Participant.objects.with_people().registered(),
        pk=pks[0],
        edition__slug=edition_slug,
        edition__is_published=True,
    )
    session = attended_session(participant.edition, session_slug)
    if session.pk != pks[1]:
        raise Http404
    return participant, session


def muted_participant(key: str) -> Participant:
    """Return the participant whose link switches off reminders of optional sessions. Raises IncompleteLinkError for no key of ours."""
    number = mute_links.read(key)
    if number is None:
        raise IncompleteLinkError
    return get_object_or_404(Participant.objects.with_people(), pk=number)


def feedback_of_link(key: str) -> tuple[Participant, AskedSession]:
    """Return whose link it is and what they are asked; 404 unless they are registered and were there.

    Raises IncompleteLinkError for no key of ours.
    """
    pks = feedback_links.read(key)
    if pks is None:
        raise IncompleteLinkError
    people = Participant.objects.with_people().registered().filter(edition__is_published=True)
    participant = get_object_or_404(people, pk=pks[0])
    return participant, feedback_on(participant, get_object_or_404(attended_sessions(participant.edition), pk=pks[1]))


def feedback_on(participant: Participant, session: Session) -> AskedSession:
    """Return what somebody is asked about a session that is over; 404 unless they were there."""
    session.edition = participant.edition
    asked = asked_of(participant, session)
    return asked if asked and times_of(asked.session).has_ended(timezone.now()) else not_found()


def own_feedback(visitor: Visitor, edition_slug: str, session_slug: str) -> tuple[Participant, AskedSession]:
    """Return the visitor's registration and what they are asked about a session, as `feedback_on`."""
    participant = access.own_registration(visitor, edition_slug)
    session = get_object_or_404(attended_sessions(participant.edition), slug=session_slug)
    return participant, feedback_on(participant, session)


def own_excuse(visitor: Visitor, edition_slug: str, pk: int) -> Excuse:
    """Return a request about the visitor, or one that they sent for somebody in the city that they still coordinate."""
    participant = access.own_registration(visitor, edition_slug)
    is_own = Q(participant=participant)
    if participant.is_coordinator:
        is_own |= Q(asked_by=participant.user_id, participant__delegation=participant.delegation_id)
    return get_object_or_404(Excuse.objects.with_people().filter(is_own), pk=pk)


def own_certificate(visitor: Visitor, edition_slug: str) -> Certificate:
    """Return the visitor's valid certificate of an edition, also if they have left it since."""
    own = Certificate.objects.valid().filter(participant__user=visitor.pk, edition__slug=edition_slug)
    return get_object_or_404(own.select_related("edition", "file", "status_entry"))


def certificate_in(edition: Edition, pk: int) -> Certificate:
    """Return a certificate of the edition, valid or revoked."""
    relations = ("participant__user", "issued_by", "revoked_by", "replaces", "replaced_by", "file")
    certificate = get_object_or_404(Certificate.objects.select_related(*relations), edition=edition, pk=pk)
    certificate.edition = edition
    return certificate


def revoked_certificate(participant: Participant, pk: str) -> Certificate | None:
    """Return a revoked certificate of a person, by the primary key in a form; None for none."""
    number = whole_number(pk) if pk else None
    if number is None:
        return None
    revoked = Certificate.objects.filter(participant=participant, revoked_at__isnull=False)
    return get_object_or_404(revoked.select_related("replaced_by"), pk=number)


def staff_session(visitor: Visitor, edition_slug: str, session_slug: str, permission: str) -> Session:
    """Return a session that people can attend, with its edition and actual time, for staff as in `staff_edition`."""
    check_staff(visitor, permission)
    editions = Edition.objects.open_to(visitor).filter(slug=edition_slug)
    sessions = attended(Session.objects.filter(edition__in=editions)).select_related("edition", "actual_time")
    return get_object_or_404(sessions, slug=session_slug)


def session_with_sheet(visitor: Visitor, edition_slug: str, session_slug: str) -> Session:
    """Return a session that has a sign-in sheet, in person and not cancelled, for staff who may check people in; else 404."""
    session = session_in_person(visitor, edition_slug, session_slug)
    return not_found() if session.is_cancelled else session


def session_in_person(visitor: Visitor, edition_slug: str, session_slug: str, permission: str = CHECK_IN) -> Session:
    """Return a session in person, also a cancelled one, for staff who may check people in, or as said; else 404."""
    session = staff_session(visitor, edition_slug, session_slug, permission)
    return session if has_door(session) else not_found()


def missed_session(visitor: Visitor, edition_slug: str, session_slug: str, permission: str) -> Session:
    """Return a core session that people may have missed, for staff as in `staff_edition`; 404 if it is cancelled."""
    session = staff_session(visitor, edition_slug, session_slug, permission)
    if not session.is_core or session.is_cancelled:
        raise Http404
    return session


def door(visitor: Visitor, edition_slug: str, session_slug: str) -> tuple[PublishedProgramme, Session]:
    """Return an edition's programme and a session in person of it, for staff who may check people in, as in `staff_edition`."""
    programme, session = shared_session(visitor, edition_slug, session_slug, CHECK_IN)
    return (programme, session) if has_door(session) else not_found()


def shared_session(
    visitor: Visitor, edition_slug: str, session_slug: str, permission: str
) -> tuple[PublishedProgramme, Session]:
    """Return a programme and a session of it as requests share them, for staff as in `staff_edition`. Two queries."""
    check_staff(visitor, permission)
    programme = published_programme(edition_slug)
    if programme is None or not access.works_in(visitor, programme.edition.pk):
        raise Http404
    return programme, published_session(programme.sessions, session_slug)


def kiosk_of_link(token: str) -> Kiosk:
    """Return the kiosk that a link is for, in whatever state; 404 if we never made this link."""
    return get_object_or_404(Kiosk.objects.of_link(token).select_related("edition", "session"))


def kiosk_of_key(key: str) -> Kiosk | None:
    """Return the kiosk that a device has the key of, in whatever state; None without a key of ours."""
    return Kiosk.objects.of_key(key).select_related("edition", "session").first() if key else None


def staff_report(visitor: Visitor, edition_slug: str, pk: int) -> Report:
    """Return a meeting report of an edition, without its file, for staff who may handle reports."""
    edition = staff_edition(visitor, edition_slug, REPORT)
    relations = ("session__edition__venue", "session__actual_time", "session__settled", "uploaded_by", "applied_by")
    report = get_object_or_404(Report.objects.select_related(*relations).defer("content"), edition=edition, pk=pk)
    report.edition = edition
    return report


def reported_person(report: Report, pk: int) -> ReportedPerson:
    """Return a person in a report."""
    person = get_object_or_404(report.people.with_participants(), pk=pk)
    person.report = report
    return person


def not_found() -> NoReturn:
    """Answer 404."""
    raise Http404


def any_participant(edition: Edition, pk: int) -> Participant:
    """Return a participant of the edition in any state."""
    return get_object_or_404(Participant.objects.with_people(), edition=edition, pk=pk)


def check_participants(edition: Edition, pks: Collection[int]) -> None:
    """Answer 404 unless all participants, by primary key, are of the edition, in any state."""
    if Participant.objects.filter(edition=edition, pk__in=pks).count() < len(pks):
        raise Http404


def batch_of(edition: Edition, batch: uuid.UUID) -> None:
    """Answer 404 unless a batch of decisions belongs to the edition."""
    if not Decision.objects.filter(edition=edition, batch=batch).exists():
        raise Http404
