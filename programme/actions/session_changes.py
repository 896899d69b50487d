"""Tell people about changes: gather them for 15 minutes, then send one email to each person concerned.

Changes are not recorded. What each person was last told is recorded, and their news is the difference between that and the
session now, however the session was changed. Changes of sessions that start soon are sent at once (`SessionChange.cannot_wait`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.sessions import look_for_changes
from programme.actions.untrue_messages import take_back_held, take_back_waiting
from programme.errors import NotAsReadError
from programme.models import Announcement, Edition, Notice, Participant, Session
from programme.queries.announcements import (
    Difference,
    announcement,
    differences_in,
    followed_editions,
    news_to_tell,
)
from programme.queries.calendar_entries import entries_of
from programme.queries.quiet_hours import beginnings
from programme.queries.session_changes import GATHERED_AT_MOST, GATHERED_FOR, SessionChange, counted, fingerprint
from udtacademy.accounts.models import User
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message

State = Notice.State

CHANGES_LOCK = 20_261_128  # key of the advisory lock
AT_A_TIME = 500  # people written to in one transaction


def follow_changes(*, urgent: Collection[int] = ()) -> int:
    """Send the notices that are due. Return the number of emails. Run regularly by a task.

    `urgent`: sessions (primary keys) whose news is sent now. An edition that another process is following is skipped.
    """
    return sum(follow_edition(edition, urgent=urgent) for edition in followed_editions(timezone.now()))


def follow_edition(edition: Edition, *, urgent: Collection[int] = ()) -> int:
    """Gather one edition's news, or send it. Return the number of emails.

    Each portion is committed separately, so that the first emails are sent while the last are being written.
    """
    early = early_notice(edition)
    n_sent = n_more = follow_portion(edition, early, urgent=urgent)
    while n_more == AT_A_TIME:
        n_more = follow_portion(edition, early, urgent=urgent)
        n_sent += n_more
    return n_sent


def early_notice(edition: Edition) -> Notice:
    """Return a notice, not saved, for news that cannot wait."""
    now = timezone.now()
    return Notice(edition=edition, state=State.SENT, due_at=now, settled_at=now)


@transaction.atomic
def follow_portion(edition: Edition, early: Notice, *, urgent: Collection[int]) -> int:
    """Send what is due to the next people, or gather it. Return the number of emails.

    `early`: the notice for news that cannot wait.
    """
    if not lock_changes(edition, waits=False):
        return 0
    edition = Edition.objects.select_related("venue").get(pk=edition.pk)
    if not edition.is_published:
        return 0
    now = timezone.now()
    take_back_waiting(edition)
    news = differences_of(edition, now)
    notice = Notice.objects.open().filter(edition=edition).first()
    if not edition.sends_notices:
        news = waive_unless(news, lambda it: it.is_owed or it.is_lost_seat)
    if not news:  # changed back, too late, or switched off
        if notice:
            settle(notice, State.DROPPED, by=None)
        return 0
    notice = gather(edition, notice, news)
    settled = [it for it in news if not it.is_being_sent]
    if notice.due_at <= now and len(settled) == len(news):
        if take_back_held(edition, {it.participant_id for it in news}):
            news = differences_of(edition, now)
        return send(notice, edition, news)
    at_once = [
        it for it in settled if it.session.pk in urgent or SessionChange.of(it).cannot_wait(notice.due_at, now=now)
    ]
    if not at_once:
        return 0
    early.about, early.note = notice.about, notice.note
    return send(notice if len(at_once) == len(news) else early, edition, at_once, is_urgent=True)


def lock_changes(edition: Edition, *, waits: bool) -> bool:
    """Lock the edition's changes until the transaction ends. Return whether the lock was acquired.

    `waits`: wait for it. Sessions can still change meanwhile; that is the next news.
    """
    lock = "SELECT true FROM pg_advisory_xact_lock(%s, %s)" if waits else "SELECT pg_try_advisory_xact_lock(%s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(lock, [CHANGES_LOCK, edition.pk])
        return bool(cursor.fetchone()[0])


def differences_of(edition: Edition, now: dt.datetime) -> Sequence[Difference]:
    """Return the news. Announcements of what was changed back get the session's version, so as not to be compared again."""
    differences = differences_in(edition, now)
    changed_back = [(it.session, it.known) for it in differences.changed_back if it.known]
    numbers = [known.pk for _session, known in changed_back]
    list(Announcement.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk").only("pk"))
    by_session: dict[Session, list[Announcement]] = defaultdict(list)
    for session, known in changed_back:
        by_session[session].append(known)
    for session, announcements in by_session.items():
        Announcement.objects.filter(pk__in=[it.pk for it in announcements]).update(version=session.calendar_sequence)
    return differences.news


def gather(edition: Edition, notice: Notice | None, news: Iterable[Difference]) -> Notice:
    """Return the open notice, due 15 minutes after the last change, at most an hour after the first.

    A time set by an organiser stays.
    """
    due_at = max(it.session.changed_at for it in news) + GATHERED_FOR
    if notice is None:
        return Notice.objects.create(edition=edition, due_at=due_at)
    due_at = min(due_at, notice.opened_at + GATHERED_AT_MOST)
    if notice.due_at < due_at and notice.by is None:
        notice.due_at = due_at
        notice.save(update_fields=["due_at"])
    return notice


def send(notice: Notice, edition: Edition, news: Sequence[Difference], *, is_urgent: bool = False) -> int:
    """Queue the emails to the next people concerned, and settle the notice with the last. Return the number of emails.

    `is_urgent`: the news cannot wait, so it goes before reminders. Neither it nor an organiser's notice waits for the morning.
    """
    everybody: dict[int, list[Difference]] = defaultdict(list)
    for difference in news:
        everybody[difference.participant_id].append(difference)
    by_person = dict(islice(everybody.items(), AT_A_TIME))
    notice.note = notice.note_about({it.session.pk for it in news})
    messages = notice_mails(edition, by_person, notice.note)
    for message in messages:
        message.is_urgent = is_urgent
        message.leaves_at = None if is_urgent or notice.by else message.leaves_at
    queue.post(messages)
    notice.changes = notice.changes or [it.in_words() for it, _n in counted(news)]
    notice.n_people += len(messages)
    if len(by_person) == len(everybody):
        settle(notice, State.SENT, by=notice.by)
    else:
        notice.save()
    return len(messages)


def notice_mails(edition: Edition, by_person: Mapping[int, Sequence[Difference]], note: str) -> list[Message]:
    """Compose the emails about the news, given by participant (primary key). Not saved."""
    people = Participant.objects.with_people().in_bulk(by_person)
    sessions = {it.session.pk: it.session for theirs in by_person.values() for it in theirs}
    entries = entries_of(people.values(), sessions.values())
    messages = []
    for number, theirs in by_person.items():
        person = people[number]
        person.edition = edition
        changes = [(it.session, SessionChange.of(it)) for it in theirs]
        messages.append(
            emails.written_to(
                person,
                "changed",
                enters=[it.session for it in theirs if it.is_theirs],
                leaves=[it.session for it in theirs if not it.is_theirs],
                entries=entries,
                note=note,
                is_new=all(change.before is None and change.is_theirs for _session, change in changes),
                can_come=any(it.is_theirs for it in theirs),
                changes=[(session, it.in_words(person.user.time_zone)) for session, it in changes],
                begins=beginnings([it.session_before for _session, it in changes], edition),
            )
        )
    return messages


def waive_unless(news: Sequence[Difference], is_exempt: Callable[[Difference], bool]) -> Sequence[Difference]:
    """Waive the news except where `is_exempt`. Return the exceptions."""
    waive(it for it in news if not is_exempt(it))
    return [it for it in news if is_exempt(it)]


def waive(news: Iterable[Difference]) -> None:
    """Record the news as known to everybody concerned, without sending an email."""
    news = list(news)
    people = Participant.objects.in_bulk({it.participant_id for it in news})
    Announcement.objects.bulk_create(
        [
            announcement(
                people[difference.participant_id],
                difference.session,
                is_theirs=difference.is_theirs,
                state=Announcement.State.WAIVED,
            )
            for difference in news
        ],
        batch_size=1000,
    )


def settle(notice: Notice, state: str, *, by: User | None) -> None:
    notice.state, notice.settled_at, notice.by = state, timezone.now(), by
    notice.save()


@transaction.atomic
def write_notice(*, edition: Edition, note: str) -> bool:
    """Save an organiser's note on the pending notice. Return False, saving nothing, if there is no news."""
    edition, news = lock_and_read_news(edition)
    if news:
        written(edition, news, note).save()
    return bool(news)


def send_notice(*, edition: Edition, note: str, by: User, agreed_to: str | None = None) -> int:
    """Send the notice now. Return the number of people written to; 0 if there is no news any more.

    The first emails are written here, the rest, where there are many, by a worker. Raises NotAsReadError, sending
    nothing, unless `agreed_to` is the `fingerprint` of the news; None skips the check.
    """
    with transaction.atomic():  # committed separately: the page shows its result when opened again
        if lock_and_read_news(edition)[1]:
            take_back_waiting(edition)
    with transaction.atomic():
        edition, news = lock_and_read_news(edition)
        if not news:
            return 0
        check_as_read(news, agreed_to)
        notice = written(edition, news, note)
        notice.due_at, notice.by = timezone.now(), by
        settled = [it for it in news if not it.is_being_sent]
        if len(settled) < len(news) or send(notice, edition, settled) == AT_A_TIME:
            notice.save()
            look_for_changes()
        return len({it.participant_id for it in news})


@transaction.atomic
def drop_notice(*, edition: Edition, by: User, agreed_to: str | None = None) -> bool:
    """Waive the news so far; pages and subscribed calendars show it anyway. Return whether there was any.

    Raises NotAsReadError as `send_notice` does.
    """
    edition, news = lock_and_read_news(edition)
    if not news:
        return False
    check_as_read(news, agreed_to)
    is_some_dropped = len(waive_unless(news, lambda it: it.is_owed)) < len(news)
    notice = Notice.objects.open().filter(edition=edition).first()
    if notice is None and is_some_dropped:
        notice = Notice(edition=edition, due_at=timezone.now())
    if notice:
        settle(notice, State.DROPPED, by=by)
    return is_some_dropped


def lock_and_read_news(edition: Edition) -> tuple[Edition, Sequence[Difference]]:
    """Wait for the lock of the edition's changes. Return the edition, read again, and its news."""
    lock_changes(edition, waits=True)
    edition = Edition.objects.select_related("venue").get(pk=edition.pk)
    return edition, news_to_tell(edition, timezone.now())


def check_as_read(news: Iterable[Difference], agreed_to: str | None) -> None:
    """Raise NotAsReadError unless `agreed_to` is the fingerprint of the news, or None."""
    if agreed_to is not None and agreed_to != fingerprint(news):
        raise NotAsReadError(_("Something has changed since you opened this page. Check it, then try again."))


def written(edition: Edition, news: Iterable[Difference], note: str) -> Notice:
    """Return the edition's open notice, or a new one, with this note about the news. Not saved."""
    due_at = timezone.now() + GATHERED_FOR
    notice = Notice.objects.open().filter(edition=edition).first() or Notice(edition=edition, due_at=due_at)
    notice.note, notice.about = note, sorted({it.session.pk for it in news})
    return notice


@transaction.atomic
def take_as_known(edition: Edition) -> None:
    """Record that everybody knows the programme as it is, without emails, as for the demo people."""
    lock_changes(edition, waits=True)
    waive(differences_of(edition, timezone.now()))
