"""The time zone that a file names about its meeting, outside the table of people."""

from collections.abc import Sequence

from attendance.meeting_reports.reading import labels, times, zones
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.zones import NamedZone
from udtacademy.tables.decoding import TableRow


def zone_of(texts: Sequence[tuple[str, str]]) -> NamedZone | None:
    """Return the zone under a label for zones, else by the meeting's start or end, else in a free text.

    `texts`: label and text of each row about the meeting.
    """
    named = (of(label, text) for of in (zone_by_label, zone_by_start, zone_in_text) for label, text in texts)
    return next((zone for zone in named if zone), None)


def remarks_in(outside: Sequence[TableRow]) -> list[tuple[str, str]]:
    """Return rows of one cell as label and text: split at the colon, or the row before as label of a moment."""
    remarks: list[tuple[str, str]] = []
    label = ""
    for line in outside:
        if len(line.cells) != 1:
            label = ""
            continue
        (text,) = line.cells
        before, colon, after = text.partition(": ")
        remarks.append((before, after) if colon else (label if times.stamp(text) else "", text))
        label = text.rstrip(": ")
    return remarks


def zone_by_label(label: str, text: str) -> NamedZone | None:
    """Return the zone in a cell whose label says that it is one."""
    return zones.named_by(text) if zones.LABELS.search(labels.fold(label)) else None


def zone_by_start(label: str, text: str) -> NamedZone | None:
    """Return the zone of the meeting's start or end: after the time, or in its label."""
    folded, stamp = labels.fold(label), times.stamp(text)
    if stamp is None or zones.OF_EXPORT.search(folded):
        return None
    is_of_meeting = labels.column_of(label) in {Column.START, Column.END} or zones.OF_MEETING.search(folded)
    return (stamp.zone or zones.named_in(label)) if is_of_meeting else None


def zone_in_text(label: str, text: str) -> NamedZone | None:
    """Return the zone that a text or its label names unambiguously, unless it is about the file or another moment."""
    if times.stamp(text) or zones.OF_EXPORT.search(labels.fold(f"{label} {text}")):
        return None
    return zones.certain_in(text) or zones.certain_in(label)
