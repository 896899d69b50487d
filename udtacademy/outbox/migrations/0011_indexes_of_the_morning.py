from django.db import migrations, models

TURN = "n_attempts = 0 AND state = 'queued'"
QUEUED = [("n_attempts", 0), ("state", "queued")]


def built(name: str, column: str, condition: str) -> migrations.RunSQL:
    """Build an index while emails are sent. An invalid one of an interrupted attempt is dropped first.

    Unlike `AddIndexConcurrently`, it can be run again after a crash, and after the first form of migration 0010, which had these indexes.
    """
    statements = [
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY {name} ON outbox_message ({column}) WHERE ({TURN} AND {condition})",
    ]
    return migrations.RunSQL(statements, f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


class Migration(migrations.Migration):
    """The indexes apart, built while emails are sent: they take long where there are many."""

    atomic = False

    dependencies = [("outbox", "0010_leaves_in_the_morning")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                built("message_at_once", "created_at", "leaves_at IS NULL"),
                built("message_in_the_morning", "leaves_at", "NOT (leaves_at IS NULL)"),
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
