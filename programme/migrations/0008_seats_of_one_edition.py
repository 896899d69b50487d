"""Seats are of one edition on both sides; staff see them, organisers give and take them."""

from importlib import import_module

from django.contrib.auth.management import create_permissions
from django.db import migrations

same_edition = import_module("programme.migrations.0002_same_edition").same_edition

ROLES = {"desk": ["view"], "viewer": ["view"], "organiser": ["view", "add", "change", "delete"]}


def give_roles(apps, schema_editor):
    app = apps.get_app_config("programme")
    app.models_module = True  # else permissions, which are usually made after all migrations, are not made
    create_permissions(app, apps=apps, verbosity=0)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="programme")
    for name, verbs in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=[f"{verb}_seat" for verb in verbs]))


class Migration(migrations.Migration):
    dependencies = [("programme", "0007_seats")]
    operations = [
        same_edition("programme_seat", "participant_id", "programme_participant"),
        same_edition("programme_seat", "session_id", "programme_session"),
        migrations.RunPython(give_roles, migrations.RunPython.noop),
    ]
