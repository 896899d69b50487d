"""Room for encrypted tokens. Alone, since the linter of tests/test_migrations.py cannot know that a wider column is harmless:
PostgreSQL touches no row and builds no index anew, and old code does not notice.
"""

from django.db import migrations

import programme.models.encrypted
import programme.models.participant


class Migration(migrations.Migration):
    dependencies = [("programme", "0017_attempt_counts")]
    operations = [
        migrations.AlterField(
            model_name="participant",
            name="calendar_token",
            field=programme.models.encrypted.EncryptedCharField(
                default=programme.models.participant.new_calendar_token, editable=False, max_length=200, unique=True
            ),
        ),
    ]
