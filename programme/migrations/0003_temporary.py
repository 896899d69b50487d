from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("programme", "0002_address_history")]
    operations = [
        migrations.RunSQL("""
    CREATE FUNCTION programme_edition_state(
        edition_slug text, OUT id bigint, OUT is_published boolean, OUT versions text, OUT changed_at timestamptz
    ) LANGUAGE plpgsql STABLE AS $$
    BEGIN
        SELECT e.id, e.is_published,
            concat_ws('; ', concat_ws('/', e.id, e.xmin, e.ctid), concat_ws('/', 'venue', v.xmin, v.ctid), (
                SELECT string_agg(concat_ws('/', t.id, t.xmin, t.ctid), ' ' ORDER BY t.id)
                FROM programme_track t WHERE t.edition_id = e.id
            ), s.versions),
            GREATEST(e.changed_at, s.changed_at, (
                SELECT max(d.pgh_created_at) FROM programme_sessionevent d
                WHERE d.edition_id = e.id AND d.pgh_label = 'delete'
            ))
        INTO id, is_published, versions, changed_at
        FROM programme_edition e
        LEFT JOIN programme_venue v ON v.id = e.venue_id
        CROSS JOIN LATERAL (
            SELECT max(one.changed_at) AS changed_at,
                string_agg(concat_ws('/', one.id, one.xmin, one.ctid), ' ' ORDER BY one.id) AS versions
            FROM programme_session one WHERE one.edition_id = e.id
        ) s
        WHERE e.slug = edition_slug;
    END
    $$
"""),
        migrations.RunSQL("""
    CREATE FUNCTION programme_rights_of(person bigint) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN ARRAY(
            SELECT kind.app_label || '.' || permission.codename
            FROM auth_permission permission
            JOIN django_content_type kind ON kind.id = permission.content_type_id
            WHERE permission.id IN (
                SELECT permission_id FROM programme_user_user_permissions WHERE user_id = person
                UNION
                SELECT granted.permission_id FROM programme_user_groups own
                JOIN auth_group_permissions granted ON granted.group_id = own.group_id
                WHERE own.user_id = person
            )
        );
    END
    $$
"""),
    ]
