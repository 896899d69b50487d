"""Database triggers. Evidence and decisions are only added to; a session's row changes with its actual time."""

import pgtrigger

APPEND_ONLY = "append_only"
NOT_EMPTIED = "not_emptied"
CERTIFICATES_STAY = "certificates_stay"
SEALED_STAYS = "sealed_stays"


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


def revoked_once() -> list[pgtrigger.Trigger]:
    """Return triggers of Certificate: nothing changes but that it is revoked, once; and no row is deleted."""
    refuse = "RAISE EXCEPTION 'a certificate is only revoked, and once' USING ERRCODE = 'restrict_violation';"
    free = "ROW(NULL::timestamptz, NULL::bigint, ''::text)"
    return [
        pgtrigger.Trigger(
            name="only_revoked",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            declare=[("revoked", "attendance_certificate")],
            func=f"""
                revoked := OLD;
                revoked.revoked_at := NEW.revoked_at;
                revoked.revoked_by_id := NEW.revoked_by_id;
                revoked.revoked_reason := NEW.revoked_reason;
                IF ROW(OLD.revoked_at, OLD.revoked_by_id, OLD.revoked_reason::text) IS DISTINCT FROM {free}
                    OR revoked IS DISTINCT FROM NEW THEN {refuse} END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(name=CERTIFICATES_STAY, when=pgtrigger.Before, operation=pgtrigger.Delete, func=refuse),
    ]


def holds_what_certificates_rest_on() -> pgtrigger.Trigger:
    """Return a trigger of Attendance that refuses another status where a valid certificate rests on the present one.

    `actions.attendances` says so to people before; this holds whatever writes. The statuses are those of `rules.certificates.COUNTED`.
    """
    return pgtrigger.Trigger(
        name="certificates_rest_on_it",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]
        condition=pgtrigger.Condition("OLD.status IS DISTINCT FROM NEW.status"),
        func="""
            IF EXISTS (
                SELECT FROM attendance_certificatesession ground
                JOIN attendance_certificate certificate ON certificate.id = ground.certificate_id
                WHERE ground.participant_id = OLD.participant_id AND ground.session_id = OLD.session_id
                    AND certificate.revoked_at IS NULL
                    AND ground.counted_as <> CASE
                        WHEN NEW.status IN ('present', 'counts', 'clicked') THEN 'attended' ELSE NEW.status
                    END
            ) THEN
                RAISE EXCEPTION 'a valid certificate rests on this attendance' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )


def waits_for_seal(
    kind: str, *, operation: pgtrigger.Operation = pgtrigger.Insert, condition: str = "true"
) -> pgtrigger.Trigger:
    """Return a trigger that adds each new record to those to be sealed (decision 79).

    `operation`: what makes the record final; `condition`: SQL over `new_rows` and, if it is an update, `old_rows`.
    """
    is_update = operation is pgtrigger.Update
    rows = "new_rows JOIN old_rows USING (id)" if is_update else "new_rows"
    return pgtrigger.Trigger(
        name=f"{kind}_waits_for_seal_{operation}".lower(),
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        operation=operation,
        referencing=pgtrigger.Referencing(old="old_rows" if is_update else None, new="new_rows"),  # type: ignore[no-untyped-call]
        func=f"""
            INSERT INTO attendance_sealedrecord (kind, record, edition_id)
            SELECT '{kind}', new_rows.id, new_rows.edition_id FROM {rows} WHERE {condition} ORDER BY new_rows.id;
            RETURN NULL;
        """,  # noqa: S608 - constant SQL
    )


def sealed_once() -> list[pgtrigger.Trigger]:
    """Return triggers of SealedRecord: it is sealed once, then only its salt can go; and no row is deleted."""
    refuse = "RAISE EXCEPTION 'what is sealed stays' USING ERRCODE = 'restrict_violation';"
    sealed = "ROW({0}.kind::text, {0}.record, {0}.edition_id, {0}.seal_id, {0}.position, {0}.digest, {0}.commitment)"
    return [
        pgtrigger.Trigger(
            name="sealed_once",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("OLD.seal_id IS NOT NULL"),
            func=f"""
                IF NEW.salt IS NOT NULL AND NEW.salt IS DISTINCT FROM OLD.salt
                    OR {sealed.format("OLD")} IS DISTINCT FROM {sealed.format("NEW")} THEN {refuse} END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(name=SEALED_STAYS, when=pgtrigger.Before, operation=pgtrigger.Delete, func=refuse),
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
