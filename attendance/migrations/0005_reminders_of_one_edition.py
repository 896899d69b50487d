"""Reminders are of one edition on both sides. What the staff's roles may see and do about e-mails after sessions."""

from importlib import import_module

from django.db import migrations

from programme.roles import give

same_edition = import_module("programme.migrations.0002_same_edition").same_edition


SEEN = ["view_reminder", "view_settledsession"]
ROLES = {"viewer": SEEN, "organiser": [*SEEN, "add_settledsession"]}


class Migration(migrations.Migration):
    dependencies = [("attendance", "0004_reminders")]
    operations = [
        same_edition("attendance_reminder", "participant_id", "programme_participant"),
        same_edition("attendance_reminder", "session_id", "programme_session"),
        migrations.RunPython(give("attendance", ROLES), migrations.RunPython.noop),
    ]
