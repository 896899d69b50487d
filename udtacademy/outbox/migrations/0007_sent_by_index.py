from django.db import migrations, models

from udtacademy.db.concurrent_indexes import build_concurrently


class Migration(migrations.Migration):
    """The index apart, built while emails are sent: it takes long where there are many."""

    atomic = False

    dependencies = [("outbox", "0006_sent_by")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                build_concurrently("message_sent_by", "outbox_message (sent_by_id) WHERE (sent_by_id IS NOT NULL)"),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("sent_by__isnull", False)), fields=["sent_by"], name="message_sent_by"
                    ),
                ),
            ],
        ),
    ]
