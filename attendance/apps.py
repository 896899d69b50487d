from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import emails, signals  # noqa: F401, PLC0415 - circle of frameworks
        from attendance.actions.emails_again import COMPOSERS  # noqa: PLC0415 - circle of frameworks
        from attendance.actions.encrypted_events import encrypt_events, encrypt_ways_in  # noqa: PLC0415 - circle of frameworks
        from attendance.forms import selections  # noqa: PLC0415 - circle of frameworks
        from attendance.queries import placeholder_values, reminder_lag  # noqa: PLC0415 - circle of frameworks
        from attendance.views import panels  # noqa: PLC0415 - circle of frameworks
        from programme import built_in_emails  # noqa: PLC0415 - circle of frameworks
        from programme import emails as programme_emails  # noqa: PLC0415 - circle of frameworks
        from programme.actions import email_composers, emails_again  # noqa: PLC0415 - circle of frameworks
        from programme.queries import quiet_hours  # noqa: PLC0415 - circle of frameworks
        from udtacademy.db.secrets import SECRETS  # noqa: PLC0415 - circle of frameworks
        from udtacademy.monitoring import metrics  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import kinds  # noqa: PLC0415 - circle of frameworks

        metrics.COLLECTED.append(reminder_lag.measured)
        kinds.KINDS.update(emails.KINDS)
        kinds.SAMPLES.append("attendance.demo.email_samples.SAMPLES")
        programme_emails.REASONS.update(emails.REASONS)
        built_in_emails.BUILT_IN.update(emails.BUILT_IN)
        quiet_hours.WAITS_AT_NIGHT.update(emails.WAITS_AT_NIGHT)
        email_composers.COMPOSERS.update(COMPOSERS)
        emails_again.WHY_NOT.update(emails.WHY_NOT)
        SECRETS.extend([encrypt_events, encrypt_ways_in])
        panels.register()
        selections.register()
        placeholder_values.register()
