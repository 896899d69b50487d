"""The published programme that all requests of a process share: seen as it is now, and left as it is."""

import datetime as dt
import uuid

from attendance import access
from attendance.actions.actual_times import correct_actual_time, drop_actual_time
from attendance.models.actual_time import held_at
from attendance.personal_links import badges
from programme.queries.published_programme import published_programme

HOUR = dt.timedelta(hours=1)


def test_an_actual_time_is_seen_at_once_where_people_join_and_at_the_door(ana, desk, organiser, in_room):
    planned = in_room.starts_at, in_room.ends_at
    actual = planned[0], planned[1] + HOUR

    def seen():
        _participant, joined = access.own_session(ana.user, "academy", in_room.slug)
        _programme, entered = access.door(desk, "academy", in_room.slug)
        return [(held_at(it).starts_at, held_at(it).ends_at) for it in (joined, entered)]

    assert seen() == [planned, planned]
    correct_actual_time(session=in_room, starts_at=actual[0], ends_at=actual[1], reason="It went on", by=organiser)
    assert seen() == [actual, actual]
    drop_actual_time(session=in_room, by=organiser)
    assert seen() == [planned, planned]


def fields_of(programme):
    rows = (programme.edition, *programme.sessions)
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]


def test_pages_leave_what_they_share_as_it_is(client, ana, desk, in_room):
    shared = published_programme("academy")
    before = fields_of(shared)

    client.force_login(ana.user)
    pages = ("", "attendance/", "tracks/", f"attendance/{in_room.slug}/request/")
    statuses = [client.get(f"/portal/academy/{page}").status_code for page in pages]
    client.get(f"/join/academy/{in_room.slug}/")
    statuses.append(client.post(f"/join/academy/{in_room.slug}/").status_code)
    client.force_login(desk)
    client.get(f"/check-in/academy/{in_room.slug}/")
    scan = {"code": badges.code_of(ana), "scan_id": uuid.uuid4()}
    statuses.append(client.post(f"/check-in/academy/{in_room.slug}/", scan).status_code)

    assert statuses == [200, 200, 200, 200, 303, 200]
    assert published_programme("academy") is shared
    assert fields_of(shared) == before
