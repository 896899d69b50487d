from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    name = "programme"
    verbose_name = _("Programme")
    default = True

    def ready(self) -> None:
        from programme.actions import attempts  # noqa: PLC0415 - circle of frameworks
        from programme.models.address import normalise_addresses  # noqa: PLC0415 - circle of frameworks
        from programme.queries import outbox  # noqa: PLC0415 - circle of frameworks
        from udtacademy import checks, sessions  # noqa: F401, PLC0415 - circle of frameworks
        from udtacademy.monitoring import health, metrics  # noqa: PLC0415 - circle of frameworks

        health.WARNINGS["outbox"] = outbox.warnings
        health.WARNINGS["attempts"] = attempts.warnings
        metrics.COLLECTED += [outbox.measured, attempts.measured]
        sessions.name_sign_ins()
        normalise_addresses()


class AcademyAdminConfig(admin_apps.AdminConfig):
    """django.contrib.admin with our own site as its default."""

    default = False
    default_site = "programme.admin_site.AcademyAdminSite"
