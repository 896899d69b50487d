from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index apart, built while emails are sent: it takes long where there are many."""

    atomic = False

    dependencies = [("outbox", "0006_sent_by")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("sent_by__isnull", False)), fields=["sent_by"], name="message_sent_by"
            ),
        ),
    ]
