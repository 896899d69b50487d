"""Database triggers that keep what was established: evidence and decisions are added to, never changed."""

import pgtrigger

APPEND_ONLY = "append_only"
NOT_EMPTIED = "not_emptied"


def keeps_every_row() -> list[pgtrigger.Trigger]:
    """Refuse to change or delete a row, one by one or all at once, whoever asks; but see `attendance.actions.retention`."""
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


def moves_its_session() -> pgtrigger.Trigger:
    """On TaughtTime: the session's row becomes another version of itself, so that nobody goes on with what they keep."""
    return pgtrigger.Trigger(
        name="moves_its_session",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            UPDATE programme_session SET changed_at = changed_at WHERE id IN (NEW.session_id, OLD.session_id);
            RETURN NULL;
        """,
    )
