from django.db import migrations

# A function, as programme_edition_state is one: how to join six tables is worked out once for each connection.
# Whoever needs another one gives it another name, as the code before goes on asking for this.
RIGHTS_OF = """
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
"""


class Migration(migrations.Migration):
    dependencies = [("programme", "0014_edition_state"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunSQL(RIGHTS_OF, "DROP FUNCTION programme_rights_of")]
