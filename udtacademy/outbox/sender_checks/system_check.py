"""The checks of the sender in `manage.py check --deploy --tag sender`. Only then: nothing else asks the domain name system."""

import sys
from typing import Any

from django.core.checks import CheckMessage, Error, Info, Warning, register  # noqa: A004 - Django calls it so

from udtacademy.outbox.sender_checks.checking import Finding, Level, check_sender
from udtacademy.outbox.sender_checks.resolver import DnsResolver

TAG = "sender"
KINDS: dict[Level, type[Info | Warning | Error]] = {Level.NOTE: Info, Level.WARN: Warning, Level.BAD: Error}


@register(TAG, deploy=True)
def sender_is_trusted(**_kwargs: Any) -> list[CheckMessage]:
    """Check the sender if the command line asks for the tag: Django runs every check where no tag is named."""
    return messages_for(check_sender(DnsResolver())) if TAG in sys.argv else []


def messages_for(findings: list[Finding]) -> list[CheckMessage]:
    return [
        KINDS[finding.level](
            f"{finding.name}: {finding.text}", hint=hint_of(finding) or None, id=f"outbox.{finding.level}"
        )
        for finding in findings
        if finding.level in KINDS
    ]


def hint_of(finding: Finding) -> str:
    record = f"{finding.record_name} TXT {finding.record}" if finding.record else ""
    return "\n".join(filter(None, [finding.hint, record]))
