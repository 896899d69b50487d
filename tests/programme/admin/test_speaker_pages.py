"""Speakers for organisers. Who gets in is in tests/access.txt."""

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from programme.models import SessionSpeaker, Speaker
from tests.client import levels_of, press, text
from tests.factories.programme import SessionFactory
from tests.factories.speakers import SessionSpeakerFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
LIST = "/admin/editions/academy/programme/speakers/"
INES = {"name": "Ines Duarte", "email": "ines@coast.example", "part": "moderator", "role": "", "organisation": ""}


@pytest.fixture
def coming(open_edition):
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=20)
    return SessionFactory(
        edition=open_edition, slug="talk", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
    )


@pytest.fixture
def office(client, organiser):
    client.force_login(organiser)
    return client


def test_a_speaker_is_added_invited_and_reminded(office, coming):
    office.post(f"{LIST}add/", INES | {"session": coming.pk})
    page = office.get(LIST)
    press(office, LIST, "Invite")
    Speaker.objects.update(invited_at=timezone.now() - dt.timedelta(days=1))
    press(office, LIST, "Remind")

    row = SessionSpeaker.objects.get()
    assert (row.session, row.part, row.speaker.email) == (coming, "moderator", "ines@coast.example")
    assert "Ines Duarte" in text(page)
    kinds = Message.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["speaker_invited", "speaker_reminder"]


def test_the_list_wording_without_speakers(office, coming):
    assert "No session has speakers yet." in text(office.get(LIST))


def test_sessions_to_choose_from_have_their_time_beside_the_title(office, coming):
    SessionFactory(edition=coming.edition, title=coming.title)

    choices = [str(label) for _value, label in office.get(f"{LIST}add/").context["form"].fields["session"].choices]

    start = timezone.localtime(coming.starts_at, coming.edition.zone)
    assert f"{coming.title}, {date_format(start, 'j F Y, H:i')}" in choices
    assert len(set(choices)) == 3


def test_a_mistake_is_refused(office, coming, edition):
    elsewhere = SessionFactory(edition=edition)
    SessionSpeakerFactory(session=coming, speaker__email="ines@coast.example")

    answers = [
        office.post(f"{LIST}add/", INES | more)
        for more in ({"session": elsewhere.pk}, {"session": coming.pk, "email": "ines"}, {"session": coming.pk})
    ]

    assert [it.status_code for it in answers] == [422] * 3
    assert [list(it.context["form"].errors) for it in answers] == [["session"], ["email"], ["email"]]
    assert Speaker.objects.count() == 1


def test_order_part_and_taking_off(office, coming):
    first, second = (SessionSpeakerFactory(session=coming, position=number) for number in range(2))

    office.post(f"{LIST}sessions/{second.pk}/", {"up": ""})
    office.post(f"{LIST}sessions/{second.pk}/", {"part": ""})
    answer = office.post(f"{LIST}sessions/{first.pk}/", {"remove": ""}, follow=True)

    assert levels_of(answer) == ["success"]
    row = coming.speakers.get()
    assert (row.pk, row.part, row.position) == (second.pk, "moderator", 0)


def test_correcting_an_address_ends_the_link(office, coming):
    row = SessionSpeakerFactory(session=coming, confirmed_at=None)
    press(office, LIST, "Invite")
    token = row.speaker.link_token

    seen = row.speaker.seen
    office.post(f"{LIST}{row.speaker.pk}/", {"name": "Ines", "email": "duarte@coast.example", "seen": seen})

    assert not Speaker.objects.of_link(token).exists()
    assert office.post(f"{LIST}{row.speaker.pk}/", {"name": "", "email": "x"}).status_code == 422


def test_what_the_speaker_corrected_meanwhile_is_not_overwritten(office, coming):
    speaker = SessionSpeakerFactory(session=coming).speaker
    page = f"{LIST}{speaker.pk}/"
    form = office.get(page).context["form"]
    posted = {it.name: it.value() for it in form} | {"role": "Director", "name": "Ines"}
    Speaker.objects.update(name="Inês Duarte", about="I ask first.")

    refused = office.post(page, posted)

    again = {it.name: it.value() for it in refused.context["form"]}
    assert (refused.status_code, again["name"], again["role"]) == (409, "Ines", "Director")
    assert "Inês Duarte" in text(refused)
    assert (Speaker.objects.get().name, Speaker.objects.get().role) == ("Inês Duarte", "Head of data")
    assert office.post(page, posted | {"seen": ""}).status_code == 409
    assert office.post(page, again).status_code == 302
    assert list(Speaker.objects.values_list("name", "role", "about")) == [("Ines", "Director", "I ask first.")]


def test_a_link_that_cannot_be_read_is_said_and_ended(office, coming):
    row = SessionSpeakerFactory(session=coming, confirmed_at=None)
    lost = f"encrypted:{'x' * 40}"  # encrypted with a key that is gone
    Speaker.objects.filter(pk=row.speaker.pk).update(link_token=lost)

    answer = office.post(f"{LIST}{row.speaker.pk}/ask/", follow=True)
    office.post(f"{LIST}{row.speaker.pk}/renew/")
    press(office, LIST, "Invite")

    assert levels_of(answer) == ["error"]
    assert Message.objects.get().kind == "speaker_invited"


def test_the_list_costs_the_same_for_many(office, coming, django_assert_max_num_queries):
    SessionSpeakerFactory(session=coming)
    with django_assert_max_num_queries(100) as few:
        office.get(LIST)
    for _number in range(3):
        SessionSpeakerFactory(session=SessionFactory(edition=coming.edition))

    with django_assert_max_num_queries(len(few)):
        office.get(LIST)


def test_reminders_that_leave_by_themselves_are_planned(office, coming):
    SessionSpeakerFactory(session=coming, confirmed_at=None)
    press(office, LIST, "Invite")

    assert "Reminders of speakers who have not answered" in text(
        office.get("/admin/editions/academy/messages/planned/")
    )
