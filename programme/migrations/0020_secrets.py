"""What lies in the clear is encrypted or erased, row by row and without a lock on any table. It can be run again.

From here on until the last old process has ended, private calendar feeds answer 404 and codes of authenticator apps are
refused; an old worker would send out encrypted e-mails, so workers stop before (docs/operators.md). Everybody signs in anew.
"""

from django.db import migrations

from programme.actions.secrets import encrypt_secrets

# Keys of sessions were cookies. Addresses of pages in the history had tokens in them.
ERASED = """
    DELETE FROM usersessions_usersession;
    DELETE FROM django_session;
    UPDATE programme_message SET text = '' WHERE is_sensitive AND state <> 'queued';
    UPDATE pghistory_context SET metadata = metadata - 'url' WHERE metadata->>'url' ~ '^/(invitations|me/reminders)/';
"""


def encrypt(apps, schema_editor):
    encrypt_secrets(apps.get_model)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("programme", "0019_encrypted_fields"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(encrypt, elidable=True),
        migrations.RunSQL(ERASED, elidable=True),
    ]
