"""Emails about attendance, composed again from today's facts (`programme.actions.emails_again`)."""

from contextlib import suppress

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.chasers import digest_readers, digests_of, missed_city_mail, missed_mail
from attendance.actions.missing import is_over, question_to
from attendance.actions.seal_emails import seal_messages
from attendance.emails import DueReminder, nudge_to, reminders_to
from attendance.models import Attendance, Certificate, Excuse, Reminder, Seal
from attendance.queries.chasers import NOTHING_EXPECTED, absent, represented_cities
from attendance.queries.missing import missing_in
from attendance.queries.reminder_times import coming, day_of
from attendance.queries.reminders import Round
from attendance.queries.session_windows import can_be_nudged
from attendance.queries.sessions import attended_sessions, has_seat
from attendance.queries.standing import expected_at
from attendance.rules.reminders import Recipient, against, useful_times
from programme import emails
from programme.actions.email_composers import Composer, edition_of, first_of, reader_of
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from programme.models.participant_queryset import ParticipantQuerySet
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

REGISTERED = Participant.State.REGISTERED


def session_of(message: Message) -> Session:
    """Return the session that a reminder or a nudge is about: the first it mentions. Raises ProgrammeError."""
    number = message.announcements.order_by("pk").values_list("session", flat=True).first()
    return held_session(edition_of(message), number)


def held_session(edition: Edition, number: int | None) -> Session:
    sessions = attended_sessions(edition).with_place().select_related("actual_time", "settled")
    session = sessions.filter(pk=number or 0).exclude(status=Session.Status.CANCELLED).first()
    if session is None:
        raise ProgrammeError(_("The session is no longer in the programme."), code="session_gone")
    session.edition = edition
    return session


def reminder(message: Message, _by: User) -> Message:
    """Compose the next reminder of the session, or of those of the sessions that it joined which they are still reminded of."""
    person, edition = reader_of(message, REGISTERED), edition_of(message)
    numbers = Reminder.objects.filter(message=first_of(message)).order_by("starts_at", "session")
    joined = list(numbers.values_list("session", flat=True).distinct())
    if len(joined) < 2:  # noqa: PLR2004 - one
        return reminders_to(person, [due_reminder(person, session_of(message))])
    due = []
    for number in joined:
        with suppress(ProgrammeError):
            due.append(due_reminder(person, held_session(edition, number)))
    if not due:
        raise ProgrammeError(
            _("%(name)s gets no reminder of these sessions today.") % {"name": person}, code="no_reminder"
        )
    return reminders_to(person, due)


def due_reminder(person: Participant, session: Session) -> DueReminder:
    """Return the next reminder of a session to a person. Raises ProgrammeError if there is none today."""
    now = timezone.now()
    if session.starts_at is None or session.starts_at <= now:
        raise ProgrammeError(
            _("“%(session)s” has begun, or has no time.") % {"session": session}, code="session_started"
        )
    held = coming(session)
    recipient = Recipient(person.state_at, has_seat=has_seat(person, session), mutes_optional=person.mutes_optional)
    if against(held, recipient):
        raise ProgrammeError(
            _("%(name)s gets no reminder of “%(session)s” today.") % {"name": person, "session": session},
            code="no_reminder",
        )
    useful = next((it for it in useful_times(held) if it.until > now), None)
    if useful is None:
        raise ProgrammeError(
            _("No more reminders are planned for “%(session)s”.") % {"session": session}, code="no_reminder"
        )
    day = [it for it in day_of(session) if has_seat(person, it)]
    return DueReminder(Round(session, held, useful, now), day)


def nudge(message: Message, _by: User) -> Message:
    person, session = reader_of(message, REGISTERED), session_of(message)
    if not can_be_nudged(session, timezone.now()):
        raise ProgrammeError(_("“%(session)s” is not running now.") % {"session": session}, code="session_not_running")
    if not unseen(session).filter(pk=person.pk).exists():
        raise ProgrammeError(
            _("%(name)s is not missing from “%(session)s”.") % {"name": person, "session": session},
            code="person_not_missing",
        )
    return nudge_to(person, session)


def unseen(session: Session) -> ParticipantQuerySet:
    """Return the people expected who were not seen, whether or not they were emailed about it."""
    seen = Attendance.objects.established().filter(session=session)
    return expected_at(session).exclude(pk__in=seen.values("participant"))


def missed_session(message: Message) -> Session:
    """Return the session of an email after a core session: the key of the first one names it. Raises ProgrammeError."""
    _kind, session, _pk = (first_of(message).dedupe_key or "::").split(":")[:3]
    return held_session(edition_of(message), int(session) if session.isdecimal() else None)


def missed(message: Message, _by: User) -> Message:
    person, session = reader_of(message, REGISTERED), missed_session(message)
    if not still_missed(session).filter(pk=person.pk).exists():
        raise ProgrammeError(
            _("%(name)s has not missed “%(session)s”.") % {"name": person, "session": session},
            code="session_not_missed",
        )
    return missed_mail(person, session)


def missed_city(message: Message, _by: User) -> Message:
    person, session = coordinator_of(message), missed_session(message)
    people = list(still_missed(session).filter(delegation=person.delegation))
    if not people:
        raise ProgrammeError(
            _("Nobody of %(city)s has missed “%(session)s”.") % {"city": person.delegation, "session": session},
            code="session_not_missed",
        )
    return missed_city_mail(person, people, session)


def missed_question(message: Message, _by: User) -> Message:
    """Compose the question about everybody who is missing today, and has not sent a request."""
    person, session = coordinator_of(message), missed_session(message)
    cities = missing_in(session, [person.delegation]) if is_over(session) else []
    city = next(iter(cities), None)
    if city is None or person not in city.to_ask:
        text = _("Nobody of %(city)s is left to ask about who missed “%(session)s”.")
        raise ProgrammeError(text % {"city": person.delegation, "session": session}, code="nobody_to_ask")
    return question_to(person, city, session)


def coordinator_of(message: Message) -> Participant:
    """Return the coordinator whom a message was to, and who still is one. Raises ProgrammeError."""
    person = reader_of(message, REGISTERED)
    if not person.is_coordinator:
        raise ProgrammeError(_("%(name)s is not a coordinator today.") % {"name": person}, code="not_coordinator")
    return person


def still_missed(session: Session) -> ParticipantQuerySet:
    """Return the people who missed a session, whether or not they were emailed, by city and name."""
    people = absent(session)
    if session.edition.attendance_rule == Edition.AttendanceRule.EACH_CITY:
        people = people.exclude(delegation__in=represented_cities(session, NOTHING_EXPECTED))
    return people


def answered(message: Message, _by: User) -> Message:
    """Compose the answer to the request that was decided when the message was written."""
    person = reader_of(message, REGISTERED)
    state = message.kind.removeprefix("excuse_")
    decided = Excuse.objects.filter(participant=person, decided_at__lte=message.created_at)
    excuse = decided.with_people().order_by("-decided_at", "-pk").first()
    if excuse is None or excuse.state != state:
        raise ProgrammeError(_("The request is no longer decided like this."), code="decision_changed")
    return emails.written_to(person, message.kind, excuse=excuse)


def digest(message: Message, _by: User) -> Message:
    edition = edition_of(message)
    reader = next((it for it in digest_readers(edition) if it[0] == message.to), None)
    if reader is None:
        raise ProgrammeError(_("They no longer receive the standing of the cities."), code="no_digest")
    (again,) = digests_of(edition, timezone.now(), [reader])
    return again


def seal(message: Message, _by: User) -> Message:
    """Compose the message about the edition's last seal."""
    edition = edition_of(message)
    last = Seal.objects.filter(edition=edition).order_by("number").last()
    reader = next((it for it in digest_readers(edition) if it[0] == message.to), None)
    if reader is None or last is None:
        raise ProgrammeError(_("They no longer receive the seals of the attendance."), code="no_digest")
    (again,) = seal_messages(last, [reader])
    return again


def certificate_issued(message: Message, _by: User) -> Message:
    """Compose the message about the person's valid certificate."""
    person = reader_of(message, REGISTERED)
    certificate = Certificate.objects.valid().filter(participant=person).first()
    if certificate is None:
        raise ProgrammeError(_("%(name)s has no valid certificate.") % {"name": person}, code="no_certificate")
    return emails.written_to(
        person, message.kind, certificate=certificate, is_again=certificate.replaces_id is not None
    )


def certificate_revoked(message: Message, _by: User) -> Message:
    """Compose the message about the person's certificate that was revoked last, unless they have a valid one."""
    person = reader_of(message, REGISTERED)
    certificate = Certificate.objects.filter(participant=person).order_by("-pk").first()
    if certificate is None or not certificate.is_revoked:
        raise ProgrammeError(_("%(name)s has a valid certificate.") % {"name": person}, code="certificate_exists")
    return emails.written_to(person, message.kind, certificate=certificate)


COMPOSERS: dict[str, Composer] = {
    "certificate_issued": certificate_issued,
    "certificate_revoked": certificate_revoked,
    "digest": digest,
    "excuse_approved": answered,
    "excuse_declined": answered,
    "missed": missed,
    "missed_city": missed_city,
    "missed_question": missed_question,
    "nudge": nudge,
    "reminder": reminder,
    "seal": seal,
}
