"""Database triggers with which sessions show their speakers, and what is kept of a session's page expires (decisions 15, 74)."""

import pgtrigger

# The same condition as SessionSpeakerQuerySet.shown.
SHOWN = """
    SELECT jsonb_agg(
        jsonb_build_object('name', s.name, 'organisation', s.organisation, 'part', p.part) ORDER BY p.position, p.id
    )
    FROM programme_sessionspeaker p JOIN programme_speaker s ON s.id = p.speaker_id
    WHERE p.session_id = NEW.id AND p.confirmed_at IS NOT NULL AND s.consented_at IS NOT NULL
"""


def adds_speakers() -> pgtrigger.Trigger:
    """On Session: write down whom it shows, whatever is saved: a stale object never brings back somebody who withdrew.

    Its name comes before `counts_calendar_changes`, so that LAST-MODIFIED follows it. SEQUENCE does not, as of descriptions.
    """
    return pgtrigger.Trigger(
        name="adds_speakers",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            NEW.shown_speakers := COALESCE(({SHOWN}), '[]'::jsonb);
            RETURN NEW;
        """,
    )


def renews_its_session() -> pgtrigger.Trigger:
    """On what a session's page shows besides the session: update the session's row, so that what is kept of it expires."""
    return pgtrigger.Trigger(
        name="renews_its_session",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            PERFORM FROM programme_session WHERE id IN (NEW.session_id, OLD.session_id) ORDER BY id FOR NO KEY UPDATE;
            UPDATE programme_session SET changed_at = changed_at WHERE id IN (NEW.session_id, OLD.session_id);
            RETURN NULL;
        """,
    )


def renews_sessions_of(speaker: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """On Speaker and what belongs to one: the same for all sessions of a speaker. `speaker`: the column with the primary key."""
    theirs = f"(SELECT session_id FROM programme_sessionspeaker WHERE speaker_id IN (NEW.{speaker}, OLD.{speaker}))"  # noqa: S608 - constant SQL
    return pgtrigger.Trigger(
        name="renews_its_sessions",
        when=pgtrigger.After,
        operation=operation,
        func=f"""
            PERFORM FROM programme_session WHERE id IN {theirs} ORDER BY id FOR NO KEY UPDATE;
            UPDATE programme_session SET changed_at = changed_at WHERE id IN {theirs};
            RETURN NULL;
        """,  # noqa: S608 - constant SQL
    )
