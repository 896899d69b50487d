"""Read emails as their reader does: from their bytes, with Python's `email` and vobject, and none of our own code.

Calendar parts are read whole. Of the text we read titles in quotation marks, starts as they are printed, and a few sentences
by which a reader knows what it is about; what "was" is no news.
"""

import datetime as dt
import email
import email.policy
import re
from dataclasses import dataclass, field

import vobject

OFFSETS = {"CEST": 2, "CET": 1}  # hours; of the zone in which editions of the model are held
PRINTED = (
    r"[A-Z][a-z]+ (?P<day>\d{1,2}) (?P<month>[A-Z][a-z]+) (?P<year>\d{4}), (?P<time>\d\d:\d\d)"
    r"(?:–[^()\n]*?)? (?P<zone>CES?T)(?: \(Madrid\))?"
)  # "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid)", and in short "Thu 25 Sep 2025, 16:00 CEST"
TITLE = r"“(?P<title>[^”]+)”"
FORMER = re.compile(rf"\b[Ww]as\b[^“\n]*?{PRINTED}")
MENTION = re.compile(f"{TITLE}|{PRINTED}")
REMINDER = re.compile(rf"{TITLE} takes place on\b")
CANCELLED = (
    re.compile(r"^Cancelled: (?P<title>.+)$"),
    re.compile(rf"{TITLE} is cancelled\b"),
    re.compile(rf"{TITLE} is no longer in the programme\b"),
)
INTRODUCES = re.compile("You are (?:now )?registered|Your registration is approved|Your email address is corrected")
NEARNESS = re.compile(r"^(?:(?P<word>Today|Tomorrow|It begins soon)|In (?P<days>\d+) days):")
SWAP = re.compile(rf"{TITLE}(?:, {PRINTED})?[^\n]*\n+We have released your seat in")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Entry:
    """A session as a calendar shows it; moments of UTC."""

    uid: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    summary: str
    location: str
    status: str

    def __str__(self) -> str:
        return f"{self.summary}, {self.starts_at:%d %b %H:%M}–{self.ends_at:%H:%M}Z, {self.location}, {self.status}"


@dataclass(frozen=True)
class Revision:
    """One event of a calendar part (RFC 5546): what is to be done with the entry."""

    method: str
    sequence: int
    stamp: dt.datetime
    entry: Entry


@dataclass(frozen=True)
class ReceivedEmail:
    """`starts`: of titles, as printed in the text, in order. `is_reminder_of`: a title; `also_reminds_of`: those that joined."""

    identity: str
    subject: str
    text: str
    revisions: tuple[Revision, ...] = ()
    starts: tuple[tuple[str, dt.datetime], ...] = ()
    cancelled: frozenset[str] = frozenset()
    is_reminder_of: str = ""
    also_reminds_of: tuple[str, ...] = ()
    introduces: bool = False  # leads to the page that has the whole programme
    swapped_into: str = ""
    nearness: tuple[str, int] | None = field(default=None)  # ("Tomorrow", 1), ("In … days", 7), ("It begins soon", 0)


def read(content: bytes) -> ReceivedEmail:
    """Read one email."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    body = mail.get_body(["plain"])
    text = body.get_content().replace("\r\n", "\n") if body else ""
    subject = str(mail["subject"])
    reminder, *joined = [*(match["title"] for match in REMINDER.finditer(text)), ""]
    swap = SWAP.search(text)
    return ReceivedEmail(
        identity=str(mail["message-id"]),
        subject=subject,
        text=text,
        revisions=tuple(revision for part in calendar_parts(mail) for revision in revisions_of(part)),
        starts=tuple(printed_starts(text)),
        cancelled=frozenset(match["title"] for where in CANCELLED for match in where.finditer(f"{subject}\n{text}")),
        is_reminder_of=reminder,
        also_reminds_of=tuple(joined[:-1]),
        introduces=bool(INTRODUCES.match(subject)),
        swapped_into=swap["title"] if swap else "",
        nearness=nearness_in(subject),
    )


def calendar_parts(mail) -> list[str]:
    """Each calendar once: the first is both a part that programs look for and a file."""
    parts = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/calendar"]
    texts = [part.decode() if isinstance(part, bytes) else part for part in parts]
    return list(dict.fromkeys(text.replace("\r\n", "\n").strip() for text in texts))


def calendar_in(text: str):
    """Read by the time zones that it describes itself: vobject keeps the first description of each that it ever meets."""
    vars(vobject.icalendar)["__tzidMap"].clear()
    return vobject.readOne(text)


def revisions_of(text: str) -> list[Revision]:
    calendar = calendar_in(text)
    method = calendar.method.value.upper()
    return [
        Revision(method, int(event.sequence.value), event.dtstamp.value.astimezone(dt.UTC), entry_of(event))
        for event in calendar.vevent_list
    ]


def entry_of(event) -> Entry:
    def words(name: str) -> str:
        return getattr(event, name).value if hasattr(event, name) else ""

    starts_at, ends_at = (getattr(event, name).value.astimezone(dt.UTC) for name in ("dtstart", "dtend"))
    return Entry(event.uid.value, starts_at, ends_at, words("summary"), words("location"), words("status"))


def feed_entries(content: bytes) -> dict[str, Entry]:
    """The entries of a calendar that is subscribed to, by UID."""
    calendar = calendar_in(content.decode())
    return {event.uid.value: entry_of(event) for event in getattr(calendar, "vevent_list", [])}


def printed_starts(text: str) -> list[tuple[str, dt.datetime]]:
    """Each printed start with the title before it; what something "was" left out."""
    starts, title = [], ""
    for match in MENTION.finditer(FORMER.sub("", text)):
        if match["title"]:
            title = match["title"]
        elif title:
            starts.append((title, moment_of(match)))
    return starts


def moment_of(match: re.Match[str]) -> dt.datetime:
    hour, minute = map(int, match["time"].split(":"))
    zone = dt.timezone(dt.timedelta(hours=OFFSETS[match["zone"]]))
    return dt.datetime(
        int(match["year"]), MONTHS.index(match["month"][:3]) + 1, int(match["day"]), hour, minute, tzinfo=zone
    ).astimezone(dt.UTC)


def nearness_in(subject: str) -> tuple[str, int] | None:
    if match := NEARNESS.match(subject):
        days = {"Today": 0, "Tomorrow": 1, "It begins soon": 0}
        return (match["word"], days[match["word"]]) if match["word"] else ("In … days", int(match["days"]))
    return None
