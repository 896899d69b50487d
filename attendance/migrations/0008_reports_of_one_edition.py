"""Reports, what follows from them and aliases are of one edition on both sides. Organisers work with them, and nobody else."""

from importlib import import_module

from django.db import migrations

from programme.roles import give

same_edition = import_module("programme.migrations.0002_same_edition").same_edition

ROLES = {"organiser": ["add_report", "view_report", "view_alias", "delete_alias"]}


class Migration(migrations.Migration):
    dependencies = [("attendance", "0007_reports")]
    operations = [
        same_edition("attendance_report", "session_id", "programme_session"),
        same_edition("attendance_evidence", "report_id", "attendance_report"),
        same_edition("attendance_alias", "participant_id", "programme_participant"),
        migrations.RunPython(give("attendance", ROLES), migrations.RunPython.noop),
    ]
