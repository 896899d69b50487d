import datetime as dt
import json as json_module
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from attendance.meeting_reports.reading import (
    DateOrder,
    Hints,
    ParsedPerson,
    ParsedReport,
    ParsedRow,
    ReportError,
    meetings_of,
    people_of,
    read,
)
from programme.management.arguments import moment


def zone(text: str) -> ZoneInfo:
    """Return a time zone by name. Raises CommandError."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError(f"“{text}” is not a time zone. Use a name such as Europe/Madrid.") from error


class Command(BaseCommand):
    help = "Show what is read from a meeting platform's attendance file. Stores nothing."
    requires_system_checks = ()  # works without a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file as downloaded from the platform")
        parser.add_argument("--json", action="store_true", help="JSON output for scripts")
        parser.add_argument(
            "--zone",
            default=settings.TIME_ZONE,
            help="the time zone of the times in the file, unless the file names one",
        )
        parser.add_argument(
            "--starts", type=moment, help="when the session started, in that zone unless an offset is given"
        )
        parser.add_argument("--ends", type=moment, help="when it ended")
        parser.add_argument(
            "--date-order", choices=list(DateOrder), type=DateOrder, help="used if the file does not show it"
        )
        parser.add_argument(
            "--encoding", choices=["cp1252", "cp1250"], default="", help="used if the file does not show it"
        )
        parser.add_argument(
            "--anyway", action="store_true", help="read the file even if all its times are far from the session"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            report = report_of(options)
        except ReportError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        people = people_of(report.rows)
        self.stdout.write(as_json(report, people) if options["json"] else as_table(report, people))


def report_of(options: dict[str, Any]) -> ParsedReport:
    """Return the report in the file. Raises ReportError, also if the file is missing or from another day."""
    of_clock = zone(options["zone"])
    starts_at, ends_at = (in_zone(options[name], of_clock) for name in ("starts", "ends"))
    hints = Hints(of_clock, starts_at, ends_at, options["date_order"], options["encoding"])
    try:
        content = options["file"].read_bytes()
    except OSError as error:
        raise ReportError(f"The file cannot be read: {error.strerror}.", code="file_unreadable") from error
    report = read(content, hints=hints, name=options["file"].name)
    if starts_at and not options["anyway"] and report.is_far_from(starts_at, ends_at or starts_at):
        raise ReportError(
            "All times in this file are more than 12 hours from the session. The first is "
            f"{report.first_join:%Y-%m-%d %H:%M} UTC. If the file is the right one, use --anyway.",
            code="other_day",
        )
    return report


def in_zone(local: dt.datetime | None, of_clock: ZoneInfo) -> dt.datetime | None:
    """Return a moment with a zone: its own, else the given one."""
    return local.replace(tzinfo=of_clock) if local and local.tzinfo is None else local


def as_json(report: ParsedReport, people: list[ParsedPerson]) -> str:
    """Return a report as JSON, for scripts."""
    mapping = {
        "platform": report.platform,
        "layout": report.layout,
        "zone": report.named_zone or report.zone,
        "is_zone_named": bool(report.named_zone),
        "n_lines": sum(it.n_lines for it in people),
        "warnings": list(report.warnings),
        "doubts": sorted(report.doubts),
        "people": [as_mapping(it) for it in people],
        "meetings": [as_meeting(rows) for rows in meetings_of(report)],
    }
    return json_module.dumps(mapping, indent=2, ensure_ascii=False)


def as_mapping(person: ParsedPerson) -> dict[str, Any]:
    second = {"second_name": person.second_name, "second_email": person.second_email}
    return {
        "name": person.name,
        "email": person.email,
        **{label: text for label, text in second.items() if text},
        "n_lines": person.n_lines,
        "intervals": [[utc(start), utc(end)] for start, end in person.intervals],
        "minutes": person.minutes,
        "flags": sorted(person.flags),
    }


def as_meeting(rows: Sequence[ParsedRow]) -> dict[str, Any]:
    """Return one meeting of a file: the first join, the last leave, and the number of people."""
    intervals = [it.interval for it in rows if it.interval]
    return {
        "first_join": utc(min(start for start, _end in intervals)) if intervals else None,
        "last_leave": utc(max(end for _start, end in intervals)) if intervals else None,
        "n_people": len(people_of(rows)),
    }


def utc(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def as_table(report: ParsedReport, people: list[ParsedPerson]) -> str:
    """Return a report as text, a line for each person."""
    of_clock = ZoneInfo(report.zone)
    clock = f"{report.named_zone}, which the file names" if report.named_zone else report.zone
    output = [f"{report.platform}, {report.layout}; times read as {clock}; {len(people)} people"]
    output += [f"  {label}: {text}" for label, text in report.meta.items()]
    output += [f"! {it}" for it in report.warnings]
    width = min(max((len(it.name) for it in people), default=0), 40)
    for person in people:
        spans = ", ".join(
            f"{start.astimezone(of_clock):%Y-%m-%d %H:%M:%S}–{end.astimezone(of_clock):%H:%M:%S}"
            for start, end in person.intervals
        )
        flags = f" [{', '.join(sorted(person.flags))}]" if person.flags else ""
        emails = "".join(f" <{it}>" for it in (person.email, person.second_email) if it)
        second = f" ({person.second_name})" if person.second_name else ""
        output.append(f"{person.name:<{width}} {person.minutes:7.1f} min{flags}{second}{emails} {spans}".rstrip())
    return "\n".join(output)
