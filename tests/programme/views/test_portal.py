import datetime as dt

import pytest
from django.utils import timezone

from programme.forms.questions import name_of
from programme.models import Participant, Session
from programme.queries.todos import choose_tracks
from tests.client import levels_of, text
from tests.factories.people import ParticipantFactory
from tests.factories.programme import SessionFactory, TimedSessionFactory, TrackFactory
from tests.factories.questions import QuestionFactory
from tests.programme.todos import has_todo
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
PORTAL = "/portal/academy/"
PROFILE = "/portal/academy/profile/"


@pytest.fixture
def programme(open_edition):
    """A core session that is over, one in three hours, one tomorrow with a twin in another track."""
    now = timezone.now().replace(second=0, microsecond=0)

    def add(title, starts_in, **values):
        starts_at = now + starts_in
        return TimedSessionFactory(
            edition=open_edition, title=title, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1), **values
        )

    add("Past core", dt.timedelta(days=-2), is_core=True, status="confirmed")
    add("Next one", dt.timedelta(hours=3, minutes=1), is_core=True, status="confirmed")
    for name in ("Governance", "Technical"):
        add(
            f"{name} talk",
            dt.timedelta(days=1),
            track=TrackFactory(edition=open_edition, name=name),
            format="in_person",
        )
    add("Secret", dt.timedelta(hours=1), is_published=False)


@pytest.mark.usefixtures("programme")
def test_the_portal_says_what_comes_next_and_what_is_left(client, coordinator):
    coordinator.hopes = ""
    coordinator.save()
    client.force_login(coordinator.user)

    response = client.get(PORTAL)

    body = text(response)
    assert "Hello Carme Coll" in body
    assert '<p class="next__countdown">In 3 hours</p> <h3><a href="/academy/sessions/' in body
    assert body.index("Next one") < body.index("Core sessions")
    assert "0 of 2 attended, made up or excused. <strong>Missed Past core on " in body
    assert '<progress class="progress" max="2" value="0"' in body
    assert f'<li><a href="{PROFILE}#id_hopes">' in body
    assert "You must still answer: What do you hope to learn?" in body
    assert has_todo(response, choose_tracks)
    assert "Secret" not in body


def test_an_edition_without_sessions_has_a_calm_portal(client, coordinator):
    client.force_login(coordinator.user)

    response = client.get(PORTAL)

    context = response.context
    assert (context["next_session"], context["todos"]) == (None, [])
    assert '<p class="empty">' in text(response)


@pytest.mark.usefixtures("programme")
def test_the_portal_costs_the_same_however_many(client, coordinator, django_assert_num_queries):
    client.force_login(coordinator.user)
    client.get(PORTAL)
    n_queries = 7
    with django_assert_num_queries(n_queries):
        client.get(PORTAL)
    coordinator.delegation.quota = 50
    coordinator.delegation.save()
    ParticipantFactory.create_batch(20, delegation=coordinator.delegation)
    for _ in range(30):
        SessionFactory(edition=coordinator.edition)
    client.get(PORTAL)  # the programme has changed and is read once

    with django_assert_num_queries(n_queries):
        client.get(PORTAL)


@pytest.mark.usefixtures("programme")
def test_the_portal_says_what_is_so_now(client, coordinator):
    client.force_login(coordinator.user)
    client.get(PORTAL)
    coordinator.edition.name = "North"
    coordinator.edition.save()
    coordinator.delegation.city.name = "Umeå"
    coordinator.delegation.city.save()
    User.objects.filter(pk=coordinator.user_id).update(name="")
    Session.objects.filter(title="Next one").update(title="The one after")

    body = text(client.get(PORTAL))

    assert "North</a></p>" in body
    assert "Umeå" in body
    assert "Hello carme@girona.example" in body
    assert body.count("The one after") == 2  # next, core
    assert "Next one" not in body


@pytest.mark.usefixtures("programme")
def test_the_portal_says_why_a_session_is_not_held_as_planned(client, coordinator):
    postponed, cancelled = Session.objects.filter(title="Next one"), Session.objects.filter(title="Last one")
    SessionFactory(edition=coordinator.edition, title="Last one")
    postponed.update(status="tentative", status_reason="Illness")
    cancelled.update(status="cancelled", status_reason="Flood")
    client.force_login(coordinator.user)

    body = text(client.get(PORTAL))

    assert body.count("Postponed: Illness") == 1
    own = text(client.get(f"{PORTAL}programme/"))
    assert (own.count("Postponed: Illness"), own.count("Cancelled: Flood")) == (1, 1)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("pending", "Your registration is waiting for approval"),
        ("declined", "Your registration was declined"),
        ("withdrawn", "You have withdrawn"),
    ],
)
def test_the_portal_of_somebody_not_registered_wording(client, coordinator, state, sentence):
    Participant.objects.update(is_coordinator=False, state=state, state_reason="Because")
    client.force_login(coordinator.user)

    body = client.get(PORTAL).content.decode()

    assert sentence in body
    assert ("Because" in body) == (state != "pending")
    assert ('href="/academy/register/"' in body) == (state == "withdrawn")
    assert client.get("/portal/academy/team/").status_code == 404


def test_whoever_others_withdrew_reads_that(client, coordinator, organiser):
    Participant.objects.update(is_coordinator=False, state="withdrawn", state_by=organiser)
    client.force_login(coordinator.user)

    response = client.get(PORTAL)

    assert response.context["participant"].was_sent_away
    assert "<h1>You are no longer registered" in text(response)


def test_strangers_and_other_editions_find_nothing(client, stranger, coordinator, participant):
    for user, path in ((stranger, PORTAL), (participant.user, PORTAL), (coordinator.user, "/portal/nothing/")):
        client.force_login(user)
        assert client.get(path).status_code == 404
        assert client.post(f"{path}profile/withdraw/").status_code == 404
    assert Participant.objects.registered().count() == 2


@pytest.mark.parametrize("path", ["/portal/", PORTAL, PROFILE, "/portal/academy/team/", "/portal/academy/programme/"])
def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, open_edition, path):
    assert client.get(path).url == f"/accounts/login/code/?next={path}"


def test_portal_home_leads_on_or_lists(client, coordinator, stranger, organiser, participant):
    client.force_login(coordinator.user)
    assert client.get("/portal/").url == PORTAL

    ParticipantFactory(user=coordinator.user, delegation=participant.delegation)
    body = client.get("/portal/").content.decode()
    assert PORTAL in body
    assert participant.edition.name in body

    client.force_login(stranger)
    assert 'href="/academy/register/"' in client.get("/portal/").content.decode()
    client.force_login(organiser)
    assert '<a class="button" href="/admin/">' in client.get("/portal/").content.decode()


def test_the_profile_is_saved(client, coordinator, answers):
    client.force_login(coordinator.user)

    assert client.post(PROFILE, answers).url == PORTAL

    coordinator.refresh_from_db()
    assert (coordinator.user.name, coordinator.job_title) == ("Ana Anaya", "Planner")


@pytest.fixture
def friday(open_edition):
    """The day in person."""
    session = TimedSessionFactory(
        edition=open_edition, format="in_person", starts_at=dt.datetime(2026, 3, 27, 9, tzinfo=dt.UTC)
    )
    return session.starts_at


@pytest.mark.usefixtures("friday")
def test_an_arrival_is_saved_shown_again_and_taken_back(client, coordinator, answers):
    client.force_login(coordinator.user)
    answers |= {"photo_consent": "yes"}

    client.post(PROFILE, answers | {"arrives_at_0": "2026-03-26", "arrives_at_1": "18:30"})

    coordinator.refresh_from_db()
    assert (coordinator.arrives_at, coordinator.leaves_at) == (dt.datetime(2026, 3, 26, 17, 30, tzinfo=dt.UTC), None)
    page = text(client.get(PROFILE))
    assert 'value="2026-03-26"' in page
    assert 'value="18:30"' in page
    client.post(PROFILE, answers)
    coordinator.refresh_from_db()
    assert coordinator.arrives_at  # the form did not have the fields
    client.post(PROFILE, answers | {"arrives_at_0": "", "arrives_at_1": "", "leaves_at_0": "", "leaves_at_1": ""})
    coordinator.refresh_from_db()
    assert coordinator.arrives_at is None


@pytest.mark.usefixtures("friday")
def test_what_no_longer_applies_is_emptied_like_an_own_answer(client, coordinator, answers):
    """A question of ours, as one of the organisers' own, is gone with the answer it depends on."""
    edition = coordinator.edition
    visits = QuestionFactory(edition=edition, kind="yes_no")
    for key in ("photo_consent", "arrives_at", "hopes"):
        edition.questions.filter(key=key).update(asked_of="answer", depends_on=visits, depends_answers=["yes"])
    client.force_login(coordinator.user)
    stay = {"photo_consent": "yes", "arrives_at_0": "2026-03-26", "arrives_at_1": "18:30", "hopes": "Maps"}

    def saved(visiting):
        response = client.post(PROFILE, answers | stay | {name_of(visits): visiting})
        assert response.status_code == 302
        coordinator.refresh_from_db()
        return coordinator.photo_consent, bool(coordinator.arrives_at), coordinator.hopes

    assert saved("yes") == (True, True, "Maps")
    assert saved("no") == (None, False, "")
    assert coordinator.job_title


@pytest.mark.usefixtures("friday")
def test_an_arrival_outside_the_days_is_422_and_changes_nothing(client, coordinator, answers):
    client.force_login(coordinator.user)

    response = client.post(
        PROFILE, answers | {"photo_consent": "yes", "arrives_at_0": "2025-03-26", "arrives_at_1": "18:30"}
    )

    assert response.status_code == 422
    assert "Enter an arrival between 13 March 2026 and 27 March 2026." in response.content.decode()
    coordinator.refresh_from_db()
    assert (coordinator.arrives_at, coordinator.user.name) == (None, "Carme Coll")


@pytest.mark.usefixtures("friday")
def test_an_arrival_typed_before_signing_in_again_is_kept(client, coordinator, answers):
    client.force_login(coordinator.user)
    typed_by = client.get(PROFILE).context["typed_by"]
    client.logout()

    client.post(PROFILE, answers | {"typed_by": typed_by, "arrives_at_0": "2026-03-26", "arrives_at_1": "18:30"})
    client.force_login(coordinator.user)

    page = text(client.get(PROFILE))
    assert 'value="2026-03-26"' in page
    assert 'value="18:30"' in page


def test_an_invalid_profile_is_422_and_changes_nothing(client, coordinator, answers):
    client.force_login(coordinator.user)

    response = client.post(PROFILE, answers | {"department": " "})

    assert response.status_code == 422
    assert response.context["form"].has_error("department", "required")
    coordinator.refresh_from_db()
    assert coordinator.user.name == "Carme Coll"


def test_withdrawing_oneself(client, coordinator):
    client.force_login(coordinator.user)
    assert client.get(f"{PROFILE}withdraw/").status_code == 405

    responses = [client.post(f"{PROFILE}withdraw/", follow=True) for _time in range(2)]

    assert [levels_of(it) for it in responses] == [["success"], []]
    assert Participant.objects.get().state == "withdrawn"
    assert Message.objects.get().kind == "withdrawn"


def test_wrong_methods(client, coordinator):
    client.force_login(coordinator.user)

    assert [client.post(path).status_code for path in ("/portal/", PORTAL)] == [405, 405]
    assert client.delete(PROFILE).status_code == 405
