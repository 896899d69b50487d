from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    name = "programme"
    verbose_name = _("Programme")
    default = True

    def ready(self) -> None:
        from programme.actions import attempts  # noqa: PLC0415 - circle of frameworks
        from programme.actions.untrue_messages import still_true  # noqa: PLC0415 - circle of frameworks
        from programme.models.address import normalise_addresses  # noqa: PLC0415 - circle of frameworks
        from programme.models.announcement import would_overtake  # noqa: PLC0415 - circle of frameworks
        from udtacademy import checks, roles, sessions  # noqa: F401, PLC0415 - circle of frameworks
        from udtacademy.monitoring import health, metrics  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import delivery  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import models as outbox_models  # noqa: PLC0415 - circle of frameworks

        post_migrate.connect(roles.give_permissions)
        health.WARNINGS["attempts"] = attempts.warnings
        metrics.COLLECTED.append(attempts.measured)
        outbox_models.WAITS_WHERE.append(would_overtake)
        delivery.STILL_TRUE.append(still_true)
        sessions.name_sign_ins()
        normalise_addresses()


class AcademyAdminConfig(admin_apps.AdminConfig):
    """django.contrib.admin with our own site as its default."""

    default = False
    default_site = "programme.admin_site.AcademyAdminSite"
