"""Telling people of changes of the programme: gathered for a quarter of an hour, then one e-mail to each person.

Nothing is noted when something is changed: what people were told is kept, and what differs from it is the news.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from programme import emails
from programme.models import Edition, Notice, Session, ToldSession, User
from programme.notices import GATHERED_FOR, Change, changes_of, facts_of, news_in, people_concerned

State = Notice.State


def follow_changes() -> int:
    """Open notices for what has changed, and send those whose time has come; how many e-mails. Asked for regularly."""
    note_first_states()
    changed = ToldSession.objects.changed_since().values("session__edition")
    waiting = Notice.objects.open().values("edition")
    editions = Edition.objects.filter(pk__in=changed) | Edition.objects.filter(pk__in=waiting)
    return sum(follow_edition(edition) for edition in editions.order_by("pk"))


def note_first_states() -> None:
    """A session that is published is known from then on as it is now."""
    new = Session.objects.published().filter(told=None).with_place()
    ToldSession.objects.bulk_create(
        [ToldSession(session=it, sequence=it.calendar_sequence, facts=facts_of(it)) for it in new],
        ignore_conflicts=True,
    )


@transaction.atomic
def follow_edition(edition: Edition) -> int:
    """One edition's changes: gather, or send. How many e-mails."""
    now = timezone.now()
    edition = lock_edition(edition)
    changes = changes_of(edition)
    news = news_in(changes, now)
    notice = Notice.objects.open().filter(edition=edition).first()
    if not news or not edition.sends_notices:  # changed back, too late, or not wished
        note_told(changes)
        if notice:
            settle(notice, State.DROPPED, by=None)
        return 0
    due_at = max(it.session.changed_at for it in news) + GATHERED_FOR
    if notice is None:
        notice = Notice.objects.create(edition=edition, due_at=due_at)
    elif notice.due_at < due_at and notice.by is None:
        notice.due_at = due_at
        notice.save(update_fields=["due_at"])
    if notice.due_at > now:
        return 0
    note_told(changes)
    return send(notice, edition, news)


def lock_edition(edition: Edition) -> Edition:
    """Who follows an edition's changes does so alone. Sessions may change meanwhile: that is the next news."""
    told = ToldSession.objects.filter(session__edition=edition)
    list(told.select_for_update(of=["self"]).order_by("pk").values_list("pk"))
    return Edition.objects.select_related("venue").get(pk=edition.pk)


def send(notice: Notice, edition: Edition, news: list[Change]) -> int:
    """Write to everybody concerned, once."""
    people = people_concerned(edition, news)
    emails.post(
        [
            emails.written_to(
                person,
                "changed",
                enters=[it.session for it in theirs],
                words=notice.words,
                changes=[(it.session, it.in_words(person.user.time_zone)) for it in theirs],
                dedupe_key=f"notice:{notice.pk}:{person.pk}",
            )
            for person, theirs in people
        ]
    )
    notice.lines, notice.n_people = [it.in_words() for it in news], len(people)
    settle(notice, State.SENT, by=notice.by)
    return len(people)


def note_told(changes: list[Change]) -> None:
    """From now on people know these sessions as they were read."""
    ToldSession.objects.bulk_update(
        [
            ToldSession(session=it.session, sequence=it.session.calendar_sequence, facts=facts_of(it.session))
            for it in changes
        ],
        ["sequence", "facts"],
    )


def settle(notice: Notice, state: str, *, by: User | None) -> None:
    notice.state, notice.settled_at, notice.by = state, timezone.now(), by
    notice.save()


@transaction.atomic
def write_notice(*, edition: Edition, words: str, by: User, due_at: dt.datetime | None = None) -> Notice:
    """Put an organiser's words before the changes; with `due_at` it goes out then, whatever is changed meanwhile."""
    lock_edition(edition)
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
    """Tell nobody of what has changed so far; pages and calendars show it all the same. Whether there was something."""
    changes = changes_of(lock_edition(edition))
    is_news = bool(news_in(changes, timezone.now()))
    note_told(changes)
    notice = Notice.objects.open().filter(edition=edition).first()
    if notice is None and is_news:
        notice = Notice(edition=edition, due_at=timezone.now())
    if notice:
        settle(notice, State.DROPPED, by=by)
    return is_news
