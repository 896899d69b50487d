"""What was discarded from a draft: in the admin's log, as drafts have no history of their own."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType

from programme.models import SessionDraft
from programme.queries.draft_review import changes_of
from programme.queries.session_drafts import ProgrammeTable, TableRow
from udtacademy.accounts.models import User

LONGEST_TITLE = LogEntry._meta.get_field("object_repr").max_length


def log_discarded(table: ProgrammeTable, rows: Iterable[TableRow], by: User) -> None:
    """Log who discards these rows, and what they would have changed."""
    about: dict[str, Any] = {
        "user_id": by.pk,
        "content_type": ContentType.objects.get_for_model(SessionDraft),
        "object_id": str(table.edition.pk),
        "action_flag": DELETION,
    }
    LogEntry.objects.bulk_create(
        LogEntry(object_repr=str(row.draft)[:LONGEST_TITLE], change_message=in_words(table, row), **about)
        for row in rows
    )


def in_words(table: ProgrammeTable, row: TableRow) -> str:
    changes = (
        f"{it.label}: {it.before} → {it.after}" if row.session else f"{it.label}: {it.after}"
        for it in changes_of(table, row)
    )
    return "; ".join(changes)
