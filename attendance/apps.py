from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import signals  # noqa: F401, PLC0415 - connects them
        from attendance.queries import reminder_lag  # noqa: PLC0415 - as above
        from udtacademy.monitoring import metrics  # noqa: PLC0415 - as above

        metrics.COLLECTED.append(reminder_lag.measured)
