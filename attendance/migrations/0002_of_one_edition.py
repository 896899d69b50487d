"""Rows are of one edition on both sides; a retraction is about whom and what it takes back. The staff's roles."""

from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations

same_edition = import_module("programme.migrations.0002_same_edition").same_edition

TABLES = ["attendance", "decision", "evidence", "excuse", "nudge"]
SEEN = ["attendance", "decision", "evidence", "excuse", "nudge", "taughttime"]
ROLES = {
    "desk": ["add_evidence", "view_evidence"],
    "viewer": [f"view_{model}" for model in SEEN],
    "organiser": [
        *(f"view_{model}" for model in SEEN),
        *("add_evidence", "add_decision", "change_excuse", "add_nudge", "change_taughttime"),
    ],
}
ONE_CELL = "attendance_evidence_retracts_same_cell"


def give_roles(apps, schema_editor):
    app = apps.get_app_config("attendance")
    app.models_module = True  # else permissions, which are usually made after all migrations, are not made
    create_permissions(app, apps=apps, verbosity=0)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="attendance")
    for name, granted in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=granted))


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_attendance"), ("programme", "0009_attendance")]
    operations = [
        *(same_edition(f"attendance_{table}", "participant_id", "programme_participant") for table in TABLES),
        *(same_edition(f"attendance_{table}", "session_id", "programme_session") for table in TABLES),
        migrations.RunSQL(
            f"ALTER TABLE attendance_evidence ADD CONSTRAINT {ONE_CELL} FOREIGN KEY"
            " (retracts_id, participant_id, session_id) REFERENCES attendance_evidence (id, participant_id, session_id)"
            " DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE attendance_evidence DROP CONSTRAINT {ONE_CELL}",
        ),
        migrations.RunPython(give_roles, migrations.RunPython.noop),
    ]
