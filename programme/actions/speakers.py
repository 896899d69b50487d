"""Speakers of sessions, as organisers enter them: adding, ordering, taking off, and asking them by email (decision 74)."""

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_sessions_of
from programme.calendars.files import absolute
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Session, SessionSpeaker, Speaker, SpeakerPicture
from programme.models.speaker import new_link_token
from programme.queries.speakers import due_for_reminder, editions_to_remind, sessions_of, sessions_to_answer
from udtacademy.accounts.models import User
from udtacademy.db.encryption import UnreadableError
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)

SECOND_CLICK = dt.timedelta(minutes=1)
ENTERED = ("name", "email", "role", "organisation")  # what organisers enter about a speaker


@dataclass(frozen=True)
class NewSpeaker:
    """What organisers enter about somebody who may be a speaker of the edition already, by the address."""

    name: str
    email: str
    role: str = ""
    organisation: str = ""


@transaction.atomic
def add_speaker(*, session: Session, person: NewSpeaker, part: str, by: User) -> SessionSpeaker:
    """Add somebody to a session, last in order. Somebody who is a speaker of the edition already stays as they are.

    Raises ProgrammeError if they are a speaker of the session.
    """
    about = {"name": person.name, "role": person.role, "organisation": person.organisation}
    speaker, _is_new = Speaker.objects.get_or_create(edition=session.edition, email=person.email, defaults=about)
    lock_speaker(speaker)
    if session.speakers.filter(speaker=speaker).exists():
        raise ProgrammeError(_("This person is a speaker of the session already."), code="already_speaker")
    last = session.speakers.aggregate(last=Max("position"))["last"]
    return SessionSpeaker.objects.create(
        edition=session.edition,
        session=session,
        speaker=speaker,
        part=part,
        position=0 if last is None else last + 1,
        added_by=by,
    )


def lock_speaker(speaker: Speaker) -> Speaker:
    """Lock a speaker, before the sessions to which triggers go from there. Raises ProgrammeError if deleted meanwhile."""
    locked = (
        Speaker.objects.select_for_update(of=["self"]).select_related("edition__venue").filter(pk=speaker.pk).first()
    )
    if locked is None:
        raise ProgrammeError(_("This speaker has been removed meanwhile."), code="speaker_removed")
    return locked


@transaction.atomic
def change_speaker(*, speaker: Speaker, seen: str) -> None:
    """Save what an organiser changed. Another address may be another person's: it ends the link, and takes consent, text, picture
    and answers back.

    `seen`: the token of the speaker who was changed (`Speaker.seen`). Raises NotAsReadError if somebody, such as the speaker,
    has changed something since.
    """
    before = lock_speaker(speaker)
    if all(getattr(before, name) == getattr(speaker, name) for name in ENTERED):
        return
    if seen != before.seen:
        raise NotAsReadError(
            _("Somebody has changed this speaker since you opened the page. Look at it, then save again.")
        )
    fields = [*ENTERED]
    if before.email != speaker.email:
        speaker.link_token, speaker.invited_at, speaker.reminded_at = new_link_token(), None, None
        fields += ["link_token", "link_hash", "invited_at", "reminded_at", "consented_at", "about"]
        lock_sessions_of(before.sessions.all())
        take_consent_back(speaker)
        before.sessions.update(confirmed_at=None, declined_at=None)
    speaker.save(update_fields=fields)


def take_consent_back(speaker: Speaker) -> None:
    """Delete what is there only to be shown, also if it came without consent. The speaker's row is not saved."""
    speaker.consented_at, speaker.about = None, ""
    SpeakerPicture.objects.filter(speaker=speaker).delete()


@transaction.atomic
def renew_speaker_link(*, speaker: Speaker) -> None:
    """End the link of a speaker. The next email has another one."""
    locked = lock_speaker(speaker)
    locked.link_token, locked.invited_at = new_link_token(), None
    locked.save(update_fields=["link_token", "link_hash", "invited_at"])


@transaction.atomic
def move_speaker(*, row: SessionSpeaker, up: bool) -> bool:
    """Move somebody up or down among the speakers of a session. Return whether that changed anything."""
    listed = SessionSpeaker.objects.filter(session=row.session_id)
    lock_sessions_of(listed)
    rows = list(listed.select_for_update().order_by("position", "pk"))
    place = next((number for number, it in enumerate(rows) if it.pk == row.pk), None)
    if place is None or not 0 <= (other := place - 1 if up else place + 1) < len(rows):
        return False
    rows[place], rows[other] = rows[other], rows[place]
    for position, it in enumerate(rows):
        it.position = position
    SessionSpeaker.objects.bulk_update(rows, ["position"])
    return True


@transaction.atomic
def change_part(*, row: SessionSpeaker) -> None:
    """Make a moderator of a speaker, or the other way round."""
    parts = SessionSpeaker.Part
    other = parts.SPEAKER if row.part == parts.MODERATOR else parts.MODERATOR
    same = SessionSpeaker.objects.filter(pk=row.pk)
    lock_sessions_of(same)
    same.update(part=other)


@transaction.atomic
def remove_speaker(*, row: SessionSpeaker) -> None:
    """Take somebody off a session. Somebody without a session is deleted, with picture and link; their materials stay."""
    speaker = lock_speaker(row.speaker)
    lock_sessions_of(speaker.sessions.all())
    SessionSpeaker.objects.filter(pk=row.pk).delete()
    if not speaker.sessions.exists():
        speaker.delete()


def delete_speakers_without_session() -> int:
    """Delete the speakers whose last session was deleted. Return how many. Idempotent."""
    deleted = Speaker.objects.filter(sessions=None).delete()[1]
    return deleted.get(Speaker._meta.label, 0)


@transaction.atomic
def ask_speaker(*, speaker: Speaker, by: User | None) -> bool:
    """Email a speaker the link, as an invitation or, after that, as a reminder. Return whether it was sent: not on a second click.

    Whose link was ended gets the new one whatever they have answered: by it they take consent back. `by`: None if it leaves by itself.
    Raises ProgrammeError if there is nothing to answer.
    """
    locked, now = lock_speaker(speaker), timezone.now()
    to_answer = sessions_to_answer(locked, now)
    is_renewed = locked.message_id is not None and locked.invited_at is None
    sessions = to_answer or (sessions_of(locked) if is_renewed else [])
    if not sessions:
        text = _("%(name)s has answered already, or the sessions are over.")
        raise ProgrammeError(text % {"name": locked}, code="speaker_answered")
    last = max(filter(None, (locked.invited_at, locked.reminded_at)), default=None)
    if last and last > now - SECOND_CLICK:
        return False
    is_reminder = locked.invited_at is not None
    send_link(locked, "speaker_reminder" if is_reminder else "speaker_invited", sessions, by, is_new=not to_answer)
    if is_reminder:
        locked.reminded_at = now
    else:
        locked.invited_at, locked.reminded_at = now, None
    locked.save(update_fields=["invited_at", "reminded_at", "message"])
    return True


def send_link(
    speaker: Speaker, template: str, sessions: list[SessionSpeaker], by: User | None, *, is_new: bool = False
) -> None:
    """Queue an email with the speaker's link, and note it in the row, which is not saved. `is_new`: the link replaces another, and nothing is asked."""
    message = emails.written(
        template,
        to=speaker.email,
        edition=speaker.edition,
        is_sensitive=True,
        speaker=speaker,
        sessions=sessions,
        begins=[it.session.starts_at for it in sessions],
        link=link_of(speaker),
        is_new_link=is_new,
    )
    post([message], by=by)
    speaker.message = message


def link_of(speaker: Speaker) -> str:
    """Return the absolute address of a speaker's page. Raises ProgrammeError if it cannot be read, as after a change of SECRET_KEY."""
    try:
        return absolute(reverse("programme:speaker", args=[speaker.link_token]))
    except UnreadableError as error:
        text = _("The link of %(name)s can no longer be read. End it, then send an invitation with a new one.")
        raise ProgrammeError(text % {"name": speaker}, code="link_unreadable") from error


def remind_speakers() -> int:
    """Remind speakers who have not answered for a week, once, and not at night. Return how many."""
    now, n = timezone.now(), 0
    for edition in editions_to_remind(now):
        if edition.quiet_hours.is_quiet(now, edition.zone):
            continue
        for speaker in due_for_reminder(edition, now).order_by("pk"):
            try:
                n += remind_once(speaker)
            except ProgrammeError as error:
                logger.info("Speaker %s was not reminded: %s", speaker.pk, error.code)
    return n


@transaction.atomic
def remind_once(speaker: Speaker) -> bool:
    """Remind a speaker who is still due under the lock."""
    locked = lock_speaker(speaker)
    due = due_for_reminder(locked.edition, timezone.now())
    return due.filter(pk=locked.pk).exists() and ask_speaker(speaker=locked, by=None)
