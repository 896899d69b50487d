"""Telling people what is news to them: gathered for a quarter of an hour, then one e-mail to each person concerned.

Nothing is noted when something is changed: what each person was last told is kept, and what differs from it is the news,
whoever changed it. What begins before the quarter of an hour is over is told at once.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db import connection, transaction
from django.utils import timezone

from programme import emails
from programme.actions.untrue_messages import take_back_waiting
from programme.announcements import Difference, announcement, differences_in, entries_of
from programme.models import Announcement, Edition, Notice, Participant, Session, User
from programme.notices import GATHERED_FOR, Change, counted

State = Notice.State

FOLLOWING = 20_261_128  # our number for the advisory lock


def follow_changes(*, urgent: Collection[int] = ()) -> int:
    """Send the notices whose time has come; how many e-mails. Asked for regularly.

    `urgent`: the numbers of sessions whose news is sent now, whatever is still gathered.
    """
    editions = Edition.objects.published().not_over(timezone.now()).order_by("pk")
    return sum(follow_edition(edition, urgent=urgent) for edition in editions)


@transaction.atomic
def follow_edition(edition: Edition, *, urgent: Collection[int] = ()) -> int:
    """One edition's news: gather, or send. How many e-mails."""
    now = timezone.now()
    edition = alone_with(edition)
    take_back_waiting(edition)
    news = differences_of(edition, now)
    notice = Notice.objects.open().filter(edition=edition).first()
    if not edition.sends_notices:
        waive(news)
        news = []
    if not news:  # changed back, too late, or not wished
        if notice:
            settle(notice, State.DROPPED, by=None)
        return 0
    notice = gather(edition, notice, news)
    if notice.due_at <= now:
        return send(notice, edition, news)
    at_once = [it for it in news if it.session.pk in urgent or Change.of(it).begins_by(notice.due_at)]
    if not at_once:
        return 0
    if len(at_once) == len(news):
        return send(notice, edition, news)
    return send(Notice(edition=edition, due_at=now), edition, at_once)


def alone_with(edition: Edition) -> Edition:
    """Who follows an edition's changes does so alone. Sessions may change meanwhile: that is the next news."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [FOLLOWING, edition.pk])
    return Edition.objects.select_related("venue").get(pk=edition.pk)


def differences_of(edition: Edition, now: dt.datetime) -> Sequence[Difference]:
    """What is news. That some was changed and changed back is noted, so that it need not be looked at again."""
    found = differences_in(edition, now)
    by_session: dict[Session, list[Announcement]] = defaultdict(list)
    for it in found.changed_back:
        if it.known:
            by_session[it.session].append(it.known)
    for session, known in by_session.items():
        Announcement.objects.filter(pk__in=[it.pk for it in known]).update(version=session.calendar_sequence)
    return found.news


def gather(edition: Edition, notice: Notice | None, news: Iterable[Difference]) -> Notice:
    """The open notice, due a quarter of an hour after the last change, unless somebody has said when."""
    due_at = max(it.session.changed_at for it in news) + GATHERED_FOR
    if notice is None:
        return Notice.objects.create(edition=edition, due_at=due_at)
    if notice.due_at < due_at and notice.by is None:
        notice.due_at = due_at
        notice.save(update_fields=["due_at"])
    return notice


def send(notice: Notice, edition: Edition, news: Sequence[Difference]) -> int:
    """Write to everybody concerned, once. How many e-mails."""
    settle(notice, State.SENT, by=notice.by)
    by_person: dict[int, list[Difference]] = defaultdict(list)
    for it in news:
        by_person[it.participant_id].append(it)
    people = Participant.objects.with_people().in_bulk(by_person)
    entries = entries_of(people.values(), {it.session.pk: it.session for it in news}.values())
    messages = []
    for number, theirs in by_person.items():
        person = people[number]
        person.edition = edition
        changes = [(it.session, Change.of(it)) for it in theirs]
        messages.append(
            emails.written_to(
                person,
                "changed",
                enters=[it.session for it in theirs if it.is_theirs],
                leaves=[it.session for it in theirs if not it.is_theirs],
                entries=entries,
                words=notice.words,
                is_new=all(change.before is None for _session, change in changes),
                changes=[(session, it.in_words(person.user.time_zone)) for session, it in changes],
                dedupe_key=f"notice:{notice.pk}:{person.pk}",
            )
        )
    emails.post(messages)
    notice.lines, notice.n_people = [it.in_words() for it, _n in counted(news)], len(messages)
    notice.save(update_fields=["lines", "n_people"])
    return len(messages)


def waive(news: Iterable[Difference]) -> None:
    """Tell nobody: from now on it is no news any more."""
    people = Participant.objects.in_bulk({it.participant_id for it in news})
    Announcement.objects.bulk_create(
        [
            announcement(people[it.participant_id], it.session, is_theirs=it.is_theirs, state=Announcement.State.WAIVED)
            for it in news
        ],
        batch_size=1000,
    )


def settle(notice: Notice, state: str, *, by: User | None) -> None:
    notice.state, notice.settled_at, notice.by = state, timezone.now(), by
    notice.save()


@transaction.atomic
def write_notice(*, edition: Edition, words: str, by: User, due_at: dt.datetime | None = None) -> Notice:
    """Put an organiser's words before the changes; with `due_at` it goes out then, whatever is changed meanwhile."""
    alone_with(edition)
    notice = Notice.objects.open().filter(edition=edition).first() or Notice(edition=edition)
    notice.words = words
    if due_at or not notice.pk:
        notice.due_at = due_at or timezone.now() + GATHERED_FOR
    notice.by = by if due_at else notice.by
    notice.save()
    return notice


def send_notice(*, edition: Edition, words: str, by: User) -> int:
    """Send the changes now. How many e-mails; none when there is nothing to tell any more."""
    with transaction.atomic():
        write_notice(edition=edition, words=words, by=by, due_at=timezone.now())
        return follow_edition(edition)


@transaction.atomic
def drop_notice(*, edition: Edition, by: User) -> bool:
    """Tell nobody of what is news so far; pages and calendars show it all the same. Whether there was something."""
    news = differences_of(alone_with(edition), timezone.now())
    waive(news)
    notice = Notice.objects.open().filter(edition=edition).first()
    if notice is None and news:
        notice = Notice(edition=edition, due_at=timezone.now())
    if notice:
        settle(notice, State.DROPPED, by=by)
    return bool(news)


@transaction.atomic
def take_as_known(edition: Edition) -> None:
    """Take it that everybody knows the programme as it is: for people who were brought in by other ways, such as the demo's."""
    waive(differences_of(alone_with(edition), timezone.now()))
