"""Permissions of the staff roles, given to the groups of the same names after every `migrate` (decision 0006)."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions

# ROLES: role → verb → models, each with its application.
PROGRAMME = [
    *("programme.edition", "programme.city", "programme.delegation", "programme.track", "programme.session"),
    *("programme.venue", "programme.room", "programme.participant", "programme.invitation", "programme.seat"),
    *("programme.question", "programme.application", "programme.actionplan", "programme.speaker"),
    *("programme.material", "programme.feedbackset"),
]
PEOPLE_AND_MESSAGES = ["accounts.user", "outbox.message", "programme.notice", "programme.campaign"]
ATTENDANCE = [
    *("attendance.attendance", "attendance.decision", "attendance.evidence", "attendance.excuse"),
    *("attendance.nudge", "attendance.reminder", "attendance.settledsession", "attendance.actualtime"),
    *("attendance.certificate", "attendance.publishedresults"),
]
ROLES = {
    "desk": {
        "view": [
            *("programme.edition", "programme.city", "programme.delegation", "programme.participant"),
            *("programme.session", "programme.seat", "attendance.evidence"),
        ],
        "add": ["attendance.evidence"],
    },
    "viewer": {"view": [*PROGRAMME, *PEOPLE_AND_MESSAGES, *ATTENDANCE]},
    "organiser": {
        "view": [*PROGRAMME, *PEOPLE_AND_MESSAGES, *ATTENDANCE, "attendance.report", "attendance.alias"],
        "add": [
            *PROGRAMME,
            *("attendance.evidence", "attendance.decision", "attendance.nudge", "attendance.report"),
            *("attendance.settledsession", "attendance.kiosk", "attendance.certificate", "attendance.publishedresults"),
        ],
        "change": [
            *PROGRAMME,
            *("outbox.message", "programme.notice", "programme.campaign"),
            *("attendance.excuse", "attendance.actualtime", "attendance.roomscreen", "attendance.certificate"),
        ],
        "delete": [*PROGRAMME, "attendance.alias"],
    },
}


def permissions_of(role: str) -> list[str]:
    """Return the permissions of a role, such as "programme.view_session"."""
    return [
        f"{app}.{verb}_{model}"
        for verb, labels in ROLES[role].items()
        for app, model in (label.split(".") for label in labels)
    ]


def give_permissions(sender: AppConfig, **_signal: Any) -> None:
    """Give each role its permissions in the application `sender`. Permissions added by an operator stay."""
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 - circle of frameworks

    create_permissions(sender, verbosity=0)  # Django's receiver of the same signal may run after this one
    for role, verbs in ROLES.items():
        codenames = [
            f"{verb}_{model}"
            for verb, labels in verbs.items()
            for app, model in (label.split(".") for label in labels)
            if app == sender.label
        ]
        if codenames:
            group, _is_new = Group.objects.get_or_create(name=role)
            group.permissions.add(
                *Permission.objects.filter(content_type__app_label=sender.label, codename__in=codenames)
            )
