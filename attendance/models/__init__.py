"""What happened in sessions, and what follows from it. One file per noun; constraints and triggers refuse invalid rows."""

from attendance.models.actual_time import ActualTime
from attendance.models.attendance import Attendance
from attendance.models.certificate import Certificate, CertificateFile, CertificateRun, CertificateSession
from attendance.models.decision import Decision
from attendance.models.evidence import Evidence
from attendance.models.excuse import Excuse
from attendance.models.identity import MeetingIdentity
from attendance.models.kiosk import Kiosk
from attendance.models.nudge import Nudge
from attendance.models.platform import PlatformEvent, PlatformPerson, WayIn
from attendance.models.reminder import Reminder, ReminderRound, ReminderSkip
from attendance.models.report import Alias, Report, ReportedPerson, SharedConnection
from attendance.models.report_pull import ReportPull
from attendance.models.room_screen import RoomScreen
from attendance.models.seal import Seal, SealedRecord
from attendance.models.settled import SettledSession

__all__ = [
    "ActualTime",
    "Alias",
    "Attendance",
    "Certificate",
    "CertificateFile",
    "CertificateRun",
    "CertificateSession",
    "Decision",
    "Evidence",
    "Excuse",
    "Kiosk",
    "MeetingIdentity",
    "Nudge",
    "PlatformEvent",
    "PlatformPerson",
    "Reminder",
    "ReminderRound",
    "ReminderSkip",
    "Report",
    "ReportPull",
    "ReportedPerson",
    "RoomScreen",
    "Seal",
    "SealedRecord",
    "SettledSession",
    "SharedConnection",
    "WayIn",
]
