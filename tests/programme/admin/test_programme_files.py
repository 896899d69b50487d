"""Programme files on the web: download, what a file would change, and loading it."""

import base64
import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from programme.admin.programme_file_rows import around_difference
from programme.forms.programme_files import MOST_BYTES
from programme.models import Edition, Notice, Session, Venue
from programme.programme_files.dump import dump_programme, dumps
from tests.client import HIDDEN, levels_of
from tests.factories.people import ParticipantFactory, SeatFactory, UserFactory, everybody_was_told
from tests.factories.programme import (
    PROGRAMME_2025,
    EditionFactory,
    RoomFactory,
    SessionFactory,
    TimedSessionFactory,
    TrackFactory,
)
from udtacademy.outbox.models import Message

NEW = "/admin/programme/edition/upload/"


@pytest.fixture
def organiser(db):
    organiser = UserFactory(is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    return organiser


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def url_of(edition):
    return reverse("programme-staff:file", args=[edition.slug])


def source_of(edition):
    return dumps(dump_programme(edition=Edition.objects.get(pk=edition.pk))).encode()


def upload(client, path, content):
    return client.post(path, {"given": SimpleUploadedFile("programme.toml", content)})


def apply(client, path, response, **more):
    """Press the button of the page that says what a file would change."""
    shown = dict(HIDDEN.findall(response.content.decode()))
    return client.post(
        path, {"source": shown["source"], "agreed_to": shown["agreed_to"], "apply": "1", **more}, follow=True
    )


def changed_of(response):
    """Row → its changed fields, of the page that says what a file would change."""
    rows = [row for kind in response.context["kinds"] for row in kind.changed]
    return {row.title: [(it.field, it.before, it.after) for it in row.changes] for row in rows}


def test_what_is_downloaded_changes_nothing_when_it_is_uploaded(admin, edition_2025):
    edition_2025.is_published = False
    edition_2025.registration_opens_at = timezone.now().replace(microsecond=0)
    edition_2025.save()
    RoomFactory(venue=edition_2025.venue, capacity=None)
    SessionFactory(edition=edition_2025, is_published=False, reminder_minutes=[], date_hint="Spring, “perhaps”")
    edition_2025.sessions.filter(slug="wrap-up").update(status="cancelled", status_reason="Ill", capacity=3)
    edition_2025.sessions.filter(slug="peer-learning").update(
        meeting_url="https://meet.example/x", make_up_question="What now?", description="Zeile\n\n\\ \"\"\" '''\tEnde "
    )

    download = admin.get(reverse("programme-staff:file-download", args=[edition_2025.slug]))
    response = upload(admin, url_of(edition_2025), download.content)

    assert download["Content-Disposition"] == 'attachment; filename="udt-2025.toml"'
    assert b"meet.example" not in download.content
    assert response.status_code == 200
    assert changed_of(response) == {}
    assert not response.context["changes"].plan.is_change
    assert 'name="apply"' not in response.content.decode()


def test_the_preview_says_what_is_added_changed_and_left_and_changes_nothing(admin, edition_2025):
    source = source_of(edition_2025).replace(b"2025-09-25 16:00:00", b"2025-09-25 15:30:00")
    source += b'\n[[sessions]]\nslug = "extra"\ntitle = "Extra"\nformat = "online"\nheld_on = 2025-12-01\n'
    edition_2025.sessions.filter(slug="wrap-up").update(slug="renamed")
    source = source.replace(b'"wrap-up"', b'"renamed"')
    SessionFactory(edition=edition_2025, slug="only-here", title="Only here")
    before = list(Session.objects.order_by("pk").values())

    response = upload(admin, url_of(edition_2025), source)

    sessions = next(it for it in response.context["kinds"] if it.label == "Sessions")
    assert changed_of(response) == {
        "Peer-learning: from challenge to use case": [
            ("starts", "Thu 25 Sep 2025, 16:00 CEST", "Thu 25 Sep 2025, 15:30 CEST")
        ]
    }
    assert [(row.title, row.when) for row in sessions.added] == [("Extra", "Monday 1 December 2025")]
    assert (sessions.n_unchanged, sessions.left) == (26, ["Only here"])
    assert list(Session.objects.order_by("pk").values()) == before


def test_what_was_agreed_to_is_loaded(admin, edition_2025, organiser):
    source = source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"')

    response = apply(admin, url_of(edition_2025), upload(admin, url_of(edition_2025), source))

    edition_2025.refresh_from_db()
    assert response.redirect_chain == [(url_of(edition_2025), 302)]
    assert levels_of(response) == ["success"]
    assert edition_2025.name == "Academy"


def test_a_second_click_loads_nothing_twice(admin, edition_2025):
    path = url_of(edition_2025)
    seen = upload(admin, path, source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"'))
    apply(admin, path, seen)

    assert levels_of(apply(admin, path, seen)) == ["info"]


def test_an_edition_that_changed_in_between_is_asked_about_again(admin, edition_2025):
    path = url_of(edition_2025)
    seen = upload(admin, path, source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"'))
    edition_2025.sessions.filter(slug="wrap-up").update(title="Changed meanwhile")

    response = apply(admin, path, seen)

    assert response.status_code == 409
    assert "Day's wrap-up" in str(changed_of(response))
    edition_2025.refresh_from_db()
    assert edition_2025.name == "UDT Academy 2025"

    assert levels_of(apply(admin, path, response)) == ["success"]
    assert edition_2025.sessions.get(slug="wrap-up").title == "Day's wrap-up"


@pytest.mark.parametrize("more", [{"agreed_to": ""}, {"agreed_to": "0" * 16}])
def test_nothing_is_loaded_that_nobody_has_read(admin, edition_2025, more):
    source = base64.b64encode(source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"')).decode()

    response = admin.post(url_of(edition_2025), {"source": source, "apply": "1", **more})

    assert response.status_code == 409
    edition_2025.refresh_from_db()
    assert edition_2025.name == "UDT Academy 2025"


BROKEN = (
    PROGRAMME_2025.read_bytes().replace(b'"online"', b'"onlin"').replace(b"Europe/Madrid", b"Madrid")
)  # six sessions and the zone


@pytest.mark.parametrize(
    ("content", "code", "n_mistakes", "says"),
    [
        (b"", "empty", 0, ""),
        (b" \n\t", "empty", 0, ""),
        (b"\xff\xfe[\0e\0", "mistakes", 1, "line 1: expected UTF-8 text"),
        (PROGRAMME_2025.read_bytes() + b"\n# \xe9", "mistakes", 1, "expected UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "mistakes", 1, "line 1: expected UTF-8 text"),
        (b"PK\x03\x04" + b"\0" * 50, "mistakes", 1, "not a TOML file"),
        (b'[edition]\nname = "open\n', "mistakes", 1, "(at line 2, column 13)"),
        (BROKEN, "mistakes", 7, "Europe/Madrid, found “Madrid”"),
        (b"# " + b"x" * MOST_BYTES, "large", 0, ""),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_file_that_cannot_be_read_is_refused_with_all_its_mistakes(
    admin, edition_2025, content, code, n_mistakes, says, is_new
):
    before = list(Session.objects.order_by("pk").values())

    response = upload(admin, NEW if is_new else url_of(edition_2025), content)

    assert response.status_code == 422
    assert response.context["form"].non_field_errors().as_data()[0].code == code
    mistakes = response.context["mistakes"]
    assert len(mistakes) == n_mistakes
    assert says in "\n".join(map(str, mistakes))
    assert list(Session.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    "fields", [{}, {"source": "%%%"}, {"source": "é"}, {"source": "YQ"}, {"source": "a\0b"}, {"given": "no file"}]
)
def test_a_form_without_a_whole_file_is_refused(admin, edition_2025, fields):
    assert admin.post(url_of(edition_2025), fields | {"apply": "1"}).status_code == 422


def test_many_mistakes_are_counted_and_the_first_shown(admin, edition_2025):
    content = b"[edition]\n" + b"".join(b"key%d = 1\n" % number for number in range(300))

    response = upload(admin, url_of(edition_2025), content)

    assert (len(response.context["mistakes"]), response.context["n_more"]) == (100, 205)


def test_a_file_of_another_edition_is_refused(admin, edition_2025, edition):
    response = upload(admin, url_of(edition), source_of(edition_2025))

    assert response.status_code == 422
    assert response.context["form"].non_field_errors()
    assert Edition.objects.count() == 2
    assert not edition.sessions.exists()


def test_a_file_agreed_to_elsewhere_is_refused_in_another_edition(admin, edition_2025, edition):
    seen = upload(admin, url_of(edition_2025), source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"'))

    assert apply(admin, url_of(edition), seen).status_code == 422
    edition_2025.refresh_from_db()
    assert edition_2025.name == "UDT Academy 2025"


def test_what_the_database_only_has_may_be_in_the_way(admin, edition_2025):
    source = source_of(edition_2025)
    edition_2025.sessions.filter(slug="peer-learning").update(slug="renamed")

    response = upload(admin, url_of(edition_2025), source)

    assert response.status_code == 422
    assert not Session.objects.filter(slug="peer-learning").exists()


def test_a_new_edition_is_made_once(admin, db):
    seen = upload(admin, NEW, PROGRAMME_2025.read_bytes())
    assert seen.status_code == 200
    assert "is published at once" in seen.content.decode()  # as the file says
    assert sum(len(kind.added) for kind in seen.context["kinds"]) == 34
    assert not Edition.objects.exists()
    assert not Venue.objects.exists()

    for level in ("success", "info"):
        response = apply(admin, NEW, seen)
        assert response.redirect_chain == [(reverse("programme-staff:overview", args=["udt-2025"]), 302)]
        assert levels_of(response) == [level]

    assert Edition.objects.get().sessions.count() == 27


def test_a_new_edition_with_an_address_that_is_taken_is_refused(admin, edition_2025):
    source = source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"')

    assert upload(admin, NEW, source).status_code == 422
    sent = {"source": base64.b64encode(source).decode(), "apply": "1", "agreed_to": "x"}
    assert admin.post(NEW, sent).status_code == 422
    edition_2025.refresh_from_db()
    assert edition_2025.name == "UDT Academy 2025"


def test_an_edition_with_that_address_made_in_between_is_not_overwritten(admin, db):
    seen = upload(admin, NEW, PROGRAMME_2025.read_bytes())
    EditionFactory(slug="udt-2025", name="Of somebody else")

    assert apply(admin, NEW, seen).status_code == 422
    assert Edition.objects.get().name == "Of somebody else"


@pytest.mark.parametrize(("role", "page", "post"), [("desk", 403, 403), ("viewer", 200, 403)])
def test_others_may_not_load(client, edition_2025, role, page, post):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    source = source_of(edition_2025).replace(b'"UDT Academy 2025"', b'"Academy"')

    response = client.get(url_of(edition_2025))
    assert response.status_code == page
    assert '<form method="post" enctype' not in response.content.decode()
    assert client.get(reverse("programme-staff:file-download", args=["udt-2025"])).status_code == page
    assert upload(client, url_of(edition_2025), source).status_code == post
    assert (client.get(NEW).status_code, upload(client, NEW, source).status_code) == (403, 403)
    edition_2025.refresh_from_db()
    assert edition_2025.name == "UDT Academy 2025"


def test_people_who_take_part_see_nothing_of_it(client, edition_2025):
    client.force_login(ParticipantFactory(delegation__edition=edition_2025).user)

    for path in (url_of(edition_2025), NEW, reverse("programme-staff:file-download", args=["udt-2025"])):
        assert client.get(path).status_code == 302


def test_the_preview_says_how_many_people_are_told_and_loading_queues_no_email_itself(admin, open_edition):
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=7)
    session = SessionFactory(edition=open_edition, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))
    ParticipantFactory(delegation__edition=open_edition)
    ParticipantFactory(delegation__edition=open_edition)
    everybody_was_told(open_edition)
    source = source_of(open_edition).replace(session.title.encode(), b"A new title")

    seen = upload(admin, url_of(open_edition), source)

    assert seen.context["changes"].n_people == 2
    assert len(seen.context["changes"].news) == 1
    assert not Notice.objects.exists()

    apply(admin, url_of(open_edition), seen)
    assert open_edition.sessions.get().title == "A new title"
    assert not Message.objects.exists()  # the task gathers changes first


def test_the_preview_says_what_happens_to_seats(admin, open_edition):
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=7)
    session = SessionFactory(
        edition=open_edition,
        track=TrackFactory(edition=open_edition),
        format="in_person",
        status="confirmed",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
    )
    SeatFactory(participant=ParticipantFactory(delegation__edition=open_edition), session=session)
    everybody_was_told(open_edition)
    source = source_of(open_edition).replace(b'status = "confirmed"', b'status = "cancelled"')

    seen = upload(admin, url_of(open_edition), source)

    assert len(seen.context["changes"].seats) == 1
    assert session.seats.exists()

    apply(admin, url_of(open_edition), seen)
    assert not session.seats.exists()


def test_other_editions_at_the_venue_are_named_if_it_changes(admin, edition_2025):
    other = EditionFactory(venue=edition_2025.venue)
    source = source_of(edition_2025)

    same = upload(admin, url_of(edition_2025), source)
    changed = upload(admin, url_of(edition_2025), source.replace(b'address = "', b'address = "Near '))

    assert list(same.context["others_at_venue"]) == []
    assert list(changed.context["others_at_venue"]) == [other]


def test_the_preview_costs_the_same_however_many_sessions_change(admin, edition):
    def cost():
        TimedSessionFactory(edition=edition)
        TimedSessionFactory(edition=edition)
        source = source_of(edition)
        with CaptureQueriesContext(connection) as queries:
            assert upload(admin, url_of(edition), source).status_code == 200
        return len(queries)

    first, second, third = cost(), cost(), cost()

    assert first >= second == third


def test_two_long_texts_are_shown_where_they_begin_to_differ():
    text = "word " * 100

    before, after = around_difference(text + "one", text + "other")

    assert before.startswith("…")
    assert (before.endswith(" one"), after.endswith(" other")) == (True, True)
    assert around_difference("short", "other") == ("short", "other")
    assert around_difference("", text) == ("", f"{text[:240]}…")
