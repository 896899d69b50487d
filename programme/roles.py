"""What migrations need to give the staff's roles, which are groups, more permissions (docs/decisions/0006)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.management import create_permissions


def give(label: str, roles: Mapping[str, Sequence[str]]) -> Callable[[Any, Any], None]:
    """For RunPython: permissions of the application `label`, by codename, to groups, by name."""

    def give_roles(apps: Any, _schema_editor: Any) -> None:
        app = apps.get_app_config(label)
        app.models_module = True  # else permissions, which are usually made after all migrations, are not made
        create_permissions(app, apps=apps, verbosity=0)
        app.models_module = None
        permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label=label)
        for name, granted in roles.items():
            group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
            group.permissions.add(*permissions.filter(codename__in=granted))

    return give_roles
