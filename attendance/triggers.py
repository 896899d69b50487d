"""Database triggers. Evidence and decisions are only added to; a session's row changes with its actual time."""

import pgtrigger

APPEND_ONLY = "append_only"
NOT_EMPTIED = "not_emptied"


def keeps_every_row() -> list[pgtrigger.Trigger]:
    """Return triggers that refuse to change or delete rows. `attendance.actions.retention` can switch them off."""
    refuse = "RAISE EXCEPTION '% is added to, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
    return [
        pgtrigger.Trigger(
            name=APPEND_ONLY, when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete, func=refuse
        ),
        pgtrigger.Trigger(
            name=NOT_EMPTIED,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            func=refuse,
        ),
    ]


def keeps_columns(*columns: str, may_be_deleted: str) -> list[pgtrigger.Trigger]:
    """Return triggers that refuse to change these columns, and to delete rows for which the SQL `may_be_deleted` is false."""
    refuse = "RAISE EXCEPTION '% is added to, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
    changed = pgtrigger.UpdateOf(*columns)  # type: ignore[no-untyped-call]
    return [
        pgtrigger.Trigger(name="sent_columns_stay", when=pgtrigger.Before, operation=changed, func=refuse),
        pgtrigger.Trigger(
            name="rows_stay",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"IF {may_be_deleted} THEN RETURN OLD; END IF; {refuse}",
        ),
    ]


def moves_its_session() -> pgtrigger.Trigger:
    """Return a trigger of ActualTime that updates the session's row, so that cached pages of the session expire."""
    return pgtrigger.Trigger(
        name="moves_its_session",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            UPDATE programme_session SET changed_at = changed_at WHERE id IN (NEW.session_id, OLD.session_id);
            RETURN NULL;
        """,
    )
