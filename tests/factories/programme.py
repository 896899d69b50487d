import datetime as dt
import struct
import zlib
from pathlib import Path

import factory
from factory.django import DjangoModelFactory

from programme.models import Edition, Logo, Room, Session, Track, Venue
from programme.pictures.png import chunk

PROGRAMME_2025 = Path(__file__).parents[2] / "programme" / "editions" / "udt-2025.toml"


class VenueFactory(DjangoModelFactory):
    class Meta:
        model = Venue

    name = factory.Sequence("Venue {:06}".format)
    address = "Main street 1, Barcelona"


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    venue = factory.SubFactory(VenueFactory)
    name = factory.Sequence("Room {:06}".format)
    capacity = 30


def png_file(width=320, height=96):
    """A whole PNG file, grey all over."""
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class LogoFactory(DjangoModelFactory):
    class Meta:
        model = Logo

    class Params:
        file = Logo.of_file(png_file())

    digest, kind = factory.SelfAttribute("file.digest"), factory.SelfAttribute("file.kind")
    width, height = factory.SelfAttribute("file.width"), factory.SelfAttribute("file.height")
    content = factory.SelfAttribute("file.content")


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = Edition

    slug = factory.Sequence("edition-{:06}".format)
    name = factory.Sequence("Edition {:06}".format)
    time_zone = "Europe/Madrid"
    first_on = dt.date(2025, 9, 16)
    last_on = dt.date(2025, 12, 31)
    venue = factory.SubFactory(VenueFactory)
    summary = "What it is about."
    is_published = True
    quiet_from = quiet_until = dt.time()  # tests run at any time of the day


class TrackFactory(DjangoModelFactory):
    class Meta:
        model = Track

    edition = factory.SubFactory(EditionFactory)
    slug = factory.Sequence("track-{:06}".format)
    name = factory.Sequence("Track {:06}".format)


class SessionFactory(DjangoModelFactory):
    """Without times unless given; a published online session."""

    class Meta:
        model = Session

    edition = factory.SubFactory(EditionFactory)
    slug = factory.Sequence("session-{:06}".format)
    title = factory.Sequence("Session {:06}".format)
    is_published = True


class TimedSessionFactory(SessionFactory):
    """One hour; each a day after the one before."""

    starts_at = factory.Sequence(lambda n: dt.datetime(2025, 9, 16, 14, tzinfo=dt.UTC) + dt.timedelta(days=n % 90))
    ends_at = factory.LazyAttribute(lambda it: it.starts_at + dt.timedelta(hours=1))
