from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "udtacademy.outbox"
    verbose_name = _("Outbox")

    def ready(self) -> None:
        from udtacademy.db.secrets import SECRETS  # noqa: PLC0415 - circle of frameworks
        from udtacademy.monitoring import health, metrics  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import secrets, status  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox.sender_checks import system_check  # noqa: F401, PLC0415 - circle of frameworks

        health.WARNINGS["outbox"] = status.warnings
        metrics.COLLECTED.append(status.measured)
        SECRETS.append(secrets.encrypt_messages)
