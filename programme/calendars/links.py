"""Links that add to a calendar: subscribe, download, Google, Outlook."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.urls import reverse
from django.utils.translation import gettext as _

from programme.calendars.files import absolute, summary_of
from programme.models import Edition, Participant, Session

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK_AT_WORK = "https://outlook.office.com/calendar"
OUTLOOK_AT_HOME = "https://outlook.live.com/calendar"


@dataclass(frozen=True)
class CalendarLinks:
    """URLs; those of Google and Outlook are external."""

    subscribe: str
    download: str
    google: str
    outlook_at_work: str
    outlook_at_home: str


def webcal(url: str) -> str:
    return f"webcal://{urlsplit(url).netloc}{urlsplit(url).path}"


def links_for_edition(edition: Edition) -> CalendarLinks:
    """Return links that subscribe to an edition's calendar."""
    return links_for_feed(absolute(reverse("programme:edition-calendar", args=[edition.slug])), edition.name)


def links_for_participant(participant: Participant) -> CalendarLinks:
    """Return links that subscribe to a participant's private feed."""
    return links_for_feed(
        absolute(reverse("programme:own-feed", args=[participant.calendar_token])), participant.edition.name
    )


def links_for_feed(feed: str, name: str) -> CalendarLinks:
    by_url = urlencode({"url": feed, "name": name})
    return CalendarLinks(
        subscribe=webcal(feed),
        download=feed,
        google=f"{GOOGLE}?{urlencode({'cid': webcal(feed)})}",
        outlook_at_work=f"{OUTLOOK_AT_WORK}/0/addfromweb?{by_url}",
        outlook_at_home=f"{OUTLOOK_AT_HOME}/0/addfromweb?{by_url}",
    )


def links_for_session(session: Session) -> CalendarLinks:
    """Return links that add one session as it is now. The session needs a day."""
    file = absolute(reverse("programme:session-calendar", args=[session.edition.slug, session.slug]))
    where = ", ".join(filter(None, [session.place, session.address])) or (_("Online") if session.is_online else "")
    about = f"{session.description}\n\n{absolute(session.get_absolute_url())}".strip()
    if session.starts_at and session.ends_at:
        starts, ends = (
            f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" for moment in (session.starts_at, session.ends_at)
        )
        outlook_when = {"startdt": session.starts_at.isoformat(), "enddt": session.ends_at.isoformat()}
    else:
        day = session.held_on or dt.date.min
        starts, ends = f"{day:%Y%m%d}", f"{day + dt.timedelta(days=1):%Y%m%d}"
        outlook_when = {"startdt": day.isoformat(), "enddt": day.isoformat(), "allday": "true"}
    google = {
        "action": "TEMPLATE",
        "text": summary_of(session),
        "dates": f"{starts}/{ends}",
        "ctz": session.edition.time_zone,
        "details": about,
        "location": where,
    }
    outlook = urlencode(
        {"rru": "addevent", "subject": summary_of(session), "body": about, "location": where} | outlook_when
    )
    return CalendarLinks(
        subscribe=webcal(file),
        download=file,
        google=f"{GOOGLE}?{urlencode(google)}",
        outlook_at_work=f"{OUTLOOK_AT_WORK}/0/deeplink/compose?{outlook}",
        outlook_at_home=f"{OUTLOOK_AT_HOME}/0/deeplink/compose?{outlook}",
    )
