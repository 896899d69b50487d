import django.db.models.deletion
from django.db import migrations, models

UNUSED = ("claim", "reason", "state")  # columns of attendance_reminder, to be dropped a release later


class Migration(migrations.Migration):
    dependencies = [("attendance", "0002_live_page")]

    operations = [
        migrations.RemoveConstraint(model_name="reminder", name="reminder_skipped_for_a_reason"),
        *(
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.RemoveField(model_name="reminder", name=name)],
                database_operations=[
                    migrations.RunSQL(
                        f"ALTER TABLE attendance_reminder ALTER COLUMN {name} DROP NOT NULL",
                        f"ALTER TABLE attendance_reminder ALTER COLUMN {name} SET NOT NULL",
                    )
                ],
            )
            for name in UNUSED
        ),
        migrations.CreateModel(
            name="ReminderSkip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("cancelled", "the session is cancelled"),
                            ("tentative", "the session is tentative"),
                            ("switched_off", "reminders are switched off"),
                            ("no_seat", "no seat in the session"),
                            ("excused", "excused, or attendance already decided"),
                            ("muted", "gets reminders of core sessions only"),
                            ("registered_later", "registered later"),
                            ("covered", "has just been sent the new time"),
                            ("changing", "must be sent a change first"),
                            ("too_late", "could not be sent in time"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("n_people", models.PositiveIntegerField(verbose_name="people")),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skips",
                        to="attendance.reminderround",
                        verbose_name="round",
                    ),
                ),
            ],
            options={
                "verbose_name": "skipped reminders",
                "verbose_name_plural": "skipped reminders",
                "constraints": [
                    models.UniqueConstraint(fields=("round", "reason"), name="reminder_skip_once_for_a_reason")
                ],
            },
        ),
    ]
