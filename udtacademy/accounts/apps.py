from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "udtacademy.accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from udtacademy.accounts import attempts, email_kinds, roles, secrets, sessions  # noqa: PLC0415 - circle of frameworks
        from udtacademy.accounts.models.address import normalise_addresses  # noqa: PLC0415 - circle of frameworks
        from udtacademy.db.secrets import SECRETS  # noqa: PLC0415 - circle of frameworks
        from udtacademy.monitoring import health, metrics  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import kinds  # noqa: PLC0415 - circle of frameworks

        post_migrate.connect(roles.give_permissions)
        health.WARNINGS["attempts"] = attempts.warnings
        metrics.COLLECTED.append(attempts.measured)
        kinds.KINDS.update(email_kinds.KINDS)
        kinds.SAMPLES.append("udtacademy.accounts.email_samples.SAMPLES")
        SECRETS.append(secrets.encrypt_second_factors)
        sessions.name_sign_ins()
        normalise_addresses()
