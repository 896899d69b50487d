from django.db import migrations, models

from udtacademy.db.concurrent_indexes import build_concurrently

TURN = "n_attempts = 0 AND state = 'queued'"
QUEUED = [("n_attempts", 0), ("state", "queued")]


class Migration(migrations.Migration):
    """The indexes apart, built while emails are sent: they take long where there are many. Migration 0010 once had them."""

    atomic = False

    dependencies = [("outbox", "0010_leaves_in_the_morning")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                build_concurrently(
                    "message_at_once", f"outbox_message (created_at) WHERE ({TURN} AND leaves_at IS NULL)"
                ),
                build_concurrently(
                    "message_in_the_morning", f"outbox_message (leaves_at) WHERE ({TURN} AND NOT (leaves_at IS NULL))"
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS message_never_tried",
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS message_never_tried ON outbox_message (created_at) WHERE ({TURN})",
                ),
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="message", name="message_never_tried"),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(*QUEUED, ("leaves_at__isnull", True)),
                        fields=["created_at"],
                        name="message_at_once",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(*QUEUED, models.Q(("leaves_at__isnull", True), _negated=True)),
                        fields=["leaves_at"],
                        name="message_in_the_morning",
                    ),
                ),
            ],
        ),
    ]
