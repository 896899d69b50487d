from django.db import migrations

# What usually happens when somebody joins or comes through the door, in one statement: nothing was recorded about them and
# the session before, so that the caller knows what follows. NULL, and nothing is added, where that does not hold, where the
# rows of the edition and the session are not of the versions that the caller went by, or they are not registered or lack
# a seat.
# Whoever needs another function gives it another name, as the code before goes on asking for these.
ADD_FIRST = """
    CREATE FUNCTION attendance_add_first(
        person bigint, place bigint, edition_version text, session_version text, needs_seat boolean,
        kind text, observed_at timestamptz, recorded_at timestamptz, by_id bigint, scan_id uuid, device_at timestamptz,
        status text, source text, minutes integer, arrived_at timestamptz
    ) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        edition bigint;
        added bigint;
    BEGIN
        SELECT e.id INTO edition FROM programme_edition e JOIN programme_session s ON s.edition_id = e.id
        WHERE s.id = place
            AND concat_ws('/', e.id, e.xmin, e.ctid) = edition_version
            AND concat_ws('/', s.id, s.xmin, s.ctid) = session_version
        FOR SHARE;
        WITH fresh AS (
            INSERT INTO attendance_attendance (
                participant_id, session_id, edition_id, status, source, minutes, arrived_at, changed_at
            )
            SELECT person, place, edition, status, source, minutes, arrived_at, recorded_at
            FROM programme_participant p
            WHERE p.id = person AND p.edition_id = edition AND p.state = 'registered' AND (NOT needs_seat OR EXISTS (
                SELECT FROM programme_seat seat
                WHERE seat.participant_id = person AND seat.session_id = place AND seat.state = 'held'
            ))
            ON CONFLICT DO NOTHING
            RETURNING id
        )
        INSERT INTO attendance_evidence (
            participant_id, session_id, edition_id, kind, observed_at, recorded_at, by_id, scan_id, device_at, note
        )
        SELECT person, place, edition, kind, observed_at, recorded_at, by_id, scan_id, device_at, '' FROM fresh
        RETURNING id INTO added;
        RETURN added;
    EXCEPTION WHEN unique_violation THEN -- the scan was uploaded before, about somebody else
        RETURN NULL;
    END
    $$
"""
# Checking in as well, with all that the door says of somebody then.
CHECK_IN_FIRST = """
    CREATE FUNCTION attendance_check_in_first(
        person bigint, place bigint, edition_version text, session_version text, needs_seat boolean,
        kind text, observed_at timestamptz, recorded_at timestamptz, by_id bigint, scan_id uuid, device_at timestamptz,
        status text, source text, minutes integer, arrived_at timestamptz,
        OUT evidence_id bigint, OUT held_in bigint[], OUT expo_pass text,
        OUT user_id bigint, OUT email text, OUT name text, OUT delegation_id bigint,
        OUT city_id bigint, OUT city_name text, OUT country text
    ) LANGUAGE plpgsql AS $$
    BEGIN
        evidence_id := attendance_add_first(
            person, place, edition_version, session_version, needs_seat,
            kind, observed_at, recorded_at, by_id, scan_id, device_at, status, source, minutes, arrived_at
        );
        IF evidence_id IS NULL THEN
            RETURN;
        END IF;
        SELECT p.expo_pass, u.id, u.email, u.name, d.id, c.id, c.name, c.country
        INTO expo_pass, user_id, email, name, delegation_id, city_id, city_name, country
        FROM programme_participant p
        JOIN programme_user u ON u.id = p.user_id
        JOIN programme_delegation d ON d.id = p.delegation_id
        JOIN programme_city c ON c.id = d.city_id
        WHERE p.id = person;
        held_in := ARRAY(SELECT s.session_id FROM programme_seat s WHERE s.participant_id = person AND s.state = 'held');
    END
    $$
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_initial")]
    operations = [
        migrations.RunSQL(ADD_FIRST, "DROP FUNCTION attendance_add_first"),
        migrations.RunSQL(CHECK_IN_FIRST, "DROP FUNCTION attendance_check_in_first"),
    ]
