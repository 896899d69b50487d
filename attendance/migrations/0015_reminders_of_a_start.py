"""A reminder counts for the start it was sent for: once for each."""

from django.db import migrations, models


# One that was passed over and then sent, as the plan had changed meanwhile, was sent. Old processes write none meanwhile.
ONE_OF_EACH = """
    LOCK TABLE attendance_reminder IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM attendance_reminder skipped USING attendance_reminder sent
    WHERE skipped.state = 'skipped' AND sent.state = 'sent'
        AND (skipped.session_id, skipped.lead_minutes, skipped.starts_at, skipped.participant_id)
            = (sent.session_id, sent.lead_minutes, sent.starts_at, sent.participant_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0014_zone_chosen"),
        ("programme", "0022_announcements"),
    ]

    operations = [
        migrations.RunSQL(ONE_OF_EACH, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="reminder",
            name="reminder_sent_once",
        ),
        migrations.RemoveConstraint(
            model_name="reminder",
            name="reminder_skipped_once",
        ),
        migrations.AlterField(
            model_name="reminder",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("cancelled", "the session was cancelled"),
                    ("tentative", "its date is not confirmed"),
                    ("switched_off", "reminders are switched off"),
                    ("no_seat", "has no seat in it"),
                    ("excused", "excused, or done already"),
                    ("muted", "wants no reminders of optional sessions"),
                    ("registered_later", "registered later"),
                    ("covered", "was told just then that it has moved"),
                    ("changing", "is to be told of a change first"),
                    ("too_late", "could not be sent while it was of use"),
                ],
                max_length=20,
                verbose_name="why not",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("session", "lead_minutes", "starts_at", "participant"), name="reminder_once_for_a_start"
            ),
        ),
    ]
