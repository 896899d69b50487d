"""A database trigger that gives each new edition its system questions, also one that is made by older code."""

import pgtrigger

from programme.rules.questions import FIRST_POSITIONS, SYSTEM_QUESTIONS


def system_questions_of(editions: str) -> str:
    """Return the SQL that adds the system questions to the editions, an SQL expression of rows with an `id`."""
    rows = ", ".join(
        f"('{key}', '{it.kind}', '{it.when}', {str(it.is_required).upper()}, '{it.privacy}', {FIRST_POSITIONS[key]})"
        for key, it in SYSTEM_QUESTIONS.items()
    )
    return f"""
        INSERT INTO programme_question (
            edition_id, key, kind, asked_when, is_required, privacy, position,
            labels, hints, choices, asked_of, depends_answers, is_on_lists, is_on_badge, is_retired, asked_since
        )
        SELECT edition.id, system.*, '{{}}'::jsonb, '{{}}'::jsonb, '[]'::jsonb, 'everybody', '{{}}'::varchar[], FALSE, FALSE, FALSE, now()
        FROM {editions} edition
        CROSS JOIN (VALUES {rows}) system (key, kind, asked_when, is_required, privacy, position)
        ON CONFLICT DO NOTHING;
    """  # noqa: S608 - constant SQL


def asks_system_questions() -> pgtrigger.Trigger:
    """On Edition: add its system questions to a new one, whatever made it."""
    return pgtrigger.Trigger(
        name="asks_system_questions",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        func=f"{system_questions_of('(SELECT NEW.id AS id)')} RETURN NULL;",
    )
