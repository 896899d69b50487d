"""The state of the outbox, for operators."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Min
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from prometheus_client.core import GaugeMetricFamily, Metric

from udtacademy.db.prepared import PreparedStatement
from udtacademy.outbox.models import Message

OLDEST = dt.timedelta(minutes=10)  # a message that waits for longer is a problem

# By hand, as each page of the admin asks this: each part is the end of a partial index, where one aggregate over all
# queued messages took 65 ms for 100,000.
STATE = PreparedStatement(
    """
    SELECT
        LEAST(
            (SELECT min(created_at) FROM outbox_message WHERE state = 'queued' AND n_attempts = 0 AND leaves_at IS NULL),
            (SELECT min(leaves_at) FROM outbox_message WHERE state = 'queued' AND n_attempts = 0 AND leaves_at <= now())
        ),
        (SELECT count(*) FROM outbox_message WHERE state = 'failed' AND due_at > $1),
        COALESCE((
            SELECT max(last_error) FROM outbox_message WHERE state = 'queued' AND n_attempts = 0 AND last_error > ''
        ), ''),
        COALESCE((SELECT max(problem) FROM outbox_mailboxprogress WHERE name = $2), '')
    """,
    types="timestamptz, text",
)


@dataclass(frozen=True)
class OutboxState:
    """The state of the outbox. `oldest_at`: since when the oldest message never tried waits, other than for the morning.

    `answer`: the server's last reply.
    """

    oldest_at: dt.datetime | None
    n_failed: int  # within a day
    answer: str
    mailbox_problem: str = ""  # of the mailbox for returned mail

    def problems(self, now: dt.datetime) -> list[str]:
        """Return the problems as sentences; empty if there are none."""
        problems = []
        if self.answer:
            problems.append(_("The mail server does not accept emails: %(answer)s") % {"answer": self.answer})
        if self.oldest_at and now - self.oldest_at > OLDEST:
            minutes = int((now - self.oldest_at).total_seconds() // 60)
            problems.append(
                ngettext(
                    "The oldest email has been waiting for %(minutes)s minute.",
                    "The oldest email has been waiting for %(minutes)s minutes.",
                    minutes,
                )
                % {"minutes": minutes}
            )
        if self.n_failed:
            text = ngettext("%(n)s email failed within a day.", "%(n)s emails failed within a day.", self.n_failed)
            problems.append(text % {"n": self.n_failed})
        if self.mailbox_problem:
            text = _("Returned emails cannot be read: %(problem)s")
            problems.append(text % {"problem": self.mailbox_problem})
        return problems


def warnings() -> list[str]:
    return outbox_state().problems(timezone.now())


def outbox_state(now: dt.datetime | None = None) -> OutboxState:
    """Read the state. One query. Messages waiting for another attempt are in order; those never tried are not."""
    since = (now or timezone.now()) - dt.timedelta(days=1)
    mailbox = settings.MAIL.mailbox
    return OutboxState(*(STATE.fetch_one(since, mailbox.name if mailbox else "") or ()))


def measured() -> Iterator[Metric]:
    """Yield, for Prometheus: messages by state, and how long the oldest that is due has waited."""
    states = GaugeMetricFamily("academy_messages", "Emails in the outbox by state", labels=["state"])
    counted = dict(Message.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in Message.State.values:
        states.add_metric([state], counted.get(state, 0))
    yield states
    yield lag("academy_oldest_message_seconds", "How long the oldest email that is due has waited")


def lag(name: str, documentation: str, **conditions: str) -> Metric:
    """Return how many seconds the oldest message that is due has waited, of those that meet the conditions."""
    now = timezone.now()
    due = Message.objects.may_leave().filter(state=Message.State.QUEUED, due_at__lte=now, **conditions)
    oldest_at = due.order_by().aggregate(at=Min(Greatest("created_at", "leaves_at")))["at"]
    return GaugeMetricFamily(name, documentation, value=(now - oldest_at).total_seconds() if oldest_at else 0)
