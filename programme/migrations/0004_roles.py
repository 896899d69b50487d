"""The staff's roles, as groups with permissions (docs/decisions/0006)."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

OFFERED = ["edition", "city", "delegation", "track", "session", "venue", "room", "participant", "invitation"]
SEEN_BY_STAFF = [*OFFERED, "message", "user"]
ROLES = {
    "desk": {"view": ["edition", "delegation", "city", "participant", "session"]},
    "viewer": {"view": SEEN_BY_STAFF},
    "organiser": {"view": SEEN_BY_STAFF, "add": OFFERED, "change": OFFERED, "delete": OFFERED},
}


def make_groups(apps, schema_editor):
    app = apps.get_app_config("programme")
    app.models_module = True  # else permissions, which are usually made after all migrations, are not made
    create_permissions(app, apps=apps, verbosity=0)
    app.models_module = None
    group_model = apps.get_model("auth", "Group")
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="programme")
    for name, granted in ROLES.items():
        group, _ = group_model.objects.get_or_create(name=name)
        names = [f"{verb}_{model}" for verb, models in granted.items() for model in models]
        group.permissions.add(*permissions.filter(codename__in=names))


class Migration(migrations.Migration):
    dependencies = [("programme", "0003_people"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
