import datetime as dt
import re

import pytest

from attendance.actions.chasers import settle_and_write
from attendance.actions.decisions import decide
from attendance.actions.missing import ask_coordinators, write_to_missing
from attendance.models import Attendance, Decision
from attendance.queries.missing import missing_in
from attendance.views import missing_actions
from programme.actions.take_overs import take_over
from programme.errors import ProgrammeError
from programme.models import Edition, Participant
from tests.client import levels_of, text
from tests.factories.attendance import ExcuseFactory
from tests.factories.people import ParticipantFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.models import Message

PAGE = "/admin/editions/academy/attendance/missing/over/"
ACTIONS = ("write", "ask", "excuse", "make-up")


@pytest.fixture
def team(over, delegation, coordinator, other_coordinator):
    """Ana, Bo and Carme, who coordinates, of Girona, and Otto of another city, before the session that is over."""
    people = [ParticipantFactory(delegation=delegation, user__name=name) for name in ("Ana Anaya", "Bo Berg")]
    over.edition.participants.update(state_at=over.starts_at - dt.timedelta(days=9))
    return [*people, coordinator, other_coordinator]


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def agreed(client, action, form):
    """Ask about some people, and agree to what the question lists."""
    page = client.post(f"{PAGE}{action}/", form)
    people = re.findall(r'name="person"\s+value="([^"]+)"', page.content.decode())
    confirmation = page.context.get("confirmation")
    return {"person": people, "apply": "1", "agreed_to": confirmation.token if confirmation else ""}


def sent():
    return sorted(Message.objects.values_list("kind", "user__name"))


def test_people_are_written_to_once_by_hand_or_by_themselves(admin, over, team, organiser):
    ana, bo, *_others = team
    form = agreed(admin, "write", {"person": [ana.pk, bo.pk]})

    assert Message.objects.count() == 0
    assert admin.post(f"{PAGE}write/", form).url == PAGE
    assert sent() == [("missed", "Ana Anaya"), ("missed", "Bo Berg")]
    assert set(Message.objects.values_list("sent_by", flat=True)) == {organiser.pk}
    assert admin.post(f"{PAGE}write/", form).status_code == 409
    again = admin.post(f"{PAGE}write/", {"person": [ana.pk]})
    assert [reason for _who, reason in again.context["choice"].left_out] == ["has already been emailed"]
    settle_and_write(session=over, by=organiser)
    assert Message.objects.filter(sent_by=None).count() == 3  # they follow from settling
    assert sent() == [
        *(("missed", name) for name in ("Ana Anaya", "Bo Berg", "Carme Coll", "Otto Ost")),
        ("missed_city", "Carme Coll"),
    ]
    assert "• Ana Anaya\n• Bo Berg\n• Carme Coll" in Message.objects.get(kind="missed_city").text


def test_a_city_and_all_are_chosen_by_one_box(admin, over, team, delegation):
    by_city = admin.post(f"{PAGE}write/", {"city": [delegation.pk]}).context["choice"]
    everybody = admin.post(f"{PAGE}write/", {"all": "1"}).context["choice"]

    assert {it.pk for it in by_city.participants} == {it.pk for it in team[:3]}
    assert {it.pk for it in everybody.participants} == {it.pk for it in team}


def test_nobody_is_written_to_whose_predecessor_was_there(admin, over, team, delegation, organiser):
    ana, bo, carme, _otto = team
    decide(cells=[(ana, over)], outcome="present", reason="Seen", by=organiser)
    cy = take_over(participant=ana, email="cy@girona.example", name="Cy Cé", by=organiser)
    n_before = Message.objects.count()

    (girona, *_others) = missing_in(over, [delegation])
    form = agreed(admin, "write", {"all": "1"})

    assert {it.participant: it.is_covered for it in girona.people} == {bo: False, carme: False}
    assert {it.participant: it.is_covered for it in girona.late} == {cy: True}
    assert cy not in girona.to_ask_about
    assert "the record of who held the place before counts" in text(admin.get(PAGE))
    assert admin.post(f"{PAGE}write/", form).status_code == 302
    assert Message.objects.count() == n_before + 3


def test_coordinators_are_asked_once_about_everybody_of_their_city(admin, over, team, organiser):
    ana, bo, carme, otto = team
    ExcuseFactory(participant=bo, session=over)
    Participant.objects.filter(pk=otto.pk).update(is_coordinator=False)

    form = agreed(admin, "ask", {"person": [ana.pk, otto.pk]})
    assert admin.post(f"{PAGE}ask/", form).url == PAGE

    (message,) = Message.objects.all()
    assert (message.kind, message.user, message.sent_by) == ("missed_question", carme.user, organiser)
    assert "• Ana Anaya\n• Carme Coll" in message.text
    assert "Bo" not in message.text
    again = admin.post(f"{PAGE}ask/", {"person": [ana.pk]}).context["choice"]
    assert [reason for _who, reason in again.left_out] == ["the coordinators have already been asked"]
    settle_and_write(session=over, by=organiser)
    assert not Message.objects.filter(kind="missed_city").exists()  # they know already


def test_each_coordinator_is_asked_unless_they_alone_are_missing(admin, over, team, organiser):
    ana, bo, carme, _otto = team
    Participant.objects.filter(pk__in=[bo.pk, carme.pk]).update(is_coordinator=True)
    decide(cells=[(ana, over), (bo, over)], outcome="present", reason="Seen", by=organiser)
    assert "Coordinators: " in text(admin.get(PAGE))

    admin.post(f"{PAGE}ask/", agreed(admin, "ask", {"person": [carme.pk]}))
    assert sent() == [("missed_question", "Bo Berg")]  # about Carme, who cannot be asked about herself
    Message.objects.all().delete()
    decide(cells=[(ana, over)], outcome="absent", reason="Mistake", by=organiser)
    page = admin.post(f"{PAGE}ask/", {"person": [ana.pk]})
    admin.post(f"{PAGE}ask/", agreed(admin, "ask", {"person": [ana.pk]}))

    assert page.context["confirmation"].n_emails == 2
    assert sent() == [("missed_question", "Bo Berg"), ("missed_question", "Carme Coll")]
    assert missing_in(over, [ana.delegation])[0].asked


@pytest.fixture
def late(team, delegation, over):
    """Lia of Girona registered once the session was over."""
    delegation.quota = 9
    delegation.save()
    return ParticipantFactory(delegation=delegation, user__name="Lia Late", state_at=over.ends_at)


def test_who_registered_later_is_in_no_box(admin, over, team, late, delegation):
    for form in ({"all": "1"}, {"city": [delegation.pk]}):
        choice = admin.post(f"{PAGE}excuse/", form).context["choice"]
        assert late not in choice.participants
        assert choice.participants


@pytest.mark.parametrize("action", ["write", "ask"])
def test_nobody_is_asked_why_they_missed_what_was_before_they_registered(admin, over, team, late, organiser, action):
    response = admin.post(f"{PAGE}{action}/", {"person": [late.pk]})

    choice = response.context["choice"]
    assert choice.left_out == [("Lia Late, Girona (ES)", "registered after the session")]
    assert response.context["confirmation"].n_emails == 0
    admin.post(f"{PAGE}{action}/", agreed(admin, action, {"all": "1"}))
    assert Message.objects.exists()
    assert not Message.objects.filter(user=late.user).exists()
    assert not Message.objects.filter(text__contains="Lia").exists()
    with refused("changed_meanwhile"):
        write_to_missing(session=over, people=[late.pk], by=organiser)


def test_a_make_up_of_who_registered_later_is_recorded(admin, over, late):
    form = agreed(admin, "make-up", {"person": [late.pk]})

    assert admin.post(f"{PAGE}make-up/", form | {"reason": "Watched it"}).status_code == 302

    assert Attendance.objects.established().get().status == "made_up"


@pytest.mark.parametrize(("action", "outcome"), [("excuse", "excused"), ("make-up", "made_up")])
def test_people_are_decided_about_together_and_it_is_undone(admin, over, team, action, outcome):
    ana, bo, *_others = team
    form = agreed(admin, action, {"person": [ana.pk, bo.pk]})

    assert admin.post(f"{PAGE}{action}/", form).status_code == 422
    page = admin.post(f"{PAGE}{action}/", form | {"reason": "A strike"}, follow=True)

    assert set(Attendance.objects.established().values_list("participant", "status")) == {
        (it.pk, outcome) for it in (ana, bo)
    }
    assert set(Decision.objects.values_list("reason", flat=True)) == {"A strike"}
    assert not Message.objects.exists()
    assert page.context["undo"]["n"] == 2
    batch = Decision.objects.first().batch
    undone = admin.post(f"/admin/editions/academy/attendance/board/undo/{batch}/", {"back": PAGE})
    assert undone.url == PAGE
    assert not Attendance.objects.established().exists()


def test_who_has_sent_a_request_is_answered_and_not_passed_over(admin, over, team):
    ana, bo, *_others = team
    ExcuseFactory(participant=ana, session=over)

    for action in ("write", "excuse", "make-up"):
        choice = admin.post(f"{PAGE}{action}/", {"person": [ana.pk, bo.pk]}).context["choice"]

        assert choice.participants == [bo]
        assert choice.left_out == [("Ana Anaya, Girona (ES)", "has sent a request: answer it")]


@pytest.mark.parametrize("action", ["excuse", "make-up"])
def test_nothing_is_decided_if_one_of_them_has_changed(admin, over, team, organiser, action):
    ana, bo, *_others = team
    form = agreed(admin, action, {"person": [ana.pk, bo.pk]}) | {"reason": "A strike"}
    decide(cells=[(ana, over)], outcome="present", reason="Seen", by=organiser)

    response = admin.post(f"{PAGE}{action}/", form)

    assert response.status_code == 409
    assert response.context["choice"].n_gone == 1
    assert Decision.objects.count() == 1
    other = agreed(admin, action, {"person": [bo.pk]}) | {"reason": "A strike"}
    decide(cells=[(bo, over)], outcome="absent", reason="Left", by=organiser)  # missing still, but decided
    assert admin.post(f"{PAGE}{action}/", other).status_code == 409
    assert Decision.objects.count() == 2


def test_nobody_is_emailed_if_the_people_have_changed(admin, over, team, organiser):
    ana, bo, *_others = team
    writes, asks = (agreed(admin, action, {"person": [ana.pk, bo.pk]}) for action in ("write", "ask"))
    decide(cells=[(ana, over)], outcome="present", reason="Seen", by=organiser)

    assert admin.post(f"{PAGE}write/", writes).status_code == 409
    assert admin.post(f"{PAGE}ask/", asks).status_code == 409
    assert not Message.objects.exists()


def test_where_each_city_is_represented_others_are_not_written_to(admin, over, team, organiser):
    Edition.objects.update(attendance_rule="each_city")
    decide(cells=[(team[0], over)], outcome="present", reason="Seen", by=organiser)

    choice = admin.post(f"{PAGE}write/", {"all": "1"}).context["choice"]

    assert choice.participants == [team[3]]
    assert {reason for _who, reason in choice.left_out} == {"their city was represented"}


def test_people_of_another_edition_are_not_chosen(admin, over, team, edition):
    stranger = ParticipantFactory(delegation__edition=edition)

    for action in ACTIONS:
        choice = admin.post(f"{PAGE}{action}/", {"person": [stranger.pk, "x", "9" * 30]}).context["choice"]
        assert (choice.people, choice.n_gone) == ([], 1)


def test_nobody_chosen_and_too_many_are_refused(admin, over, team, monkeypatch):
    monkeypatch.setattr(missing_actions, "MOST_PEOPLE", 2)
    for action in ACTIONS:
        for form in ({}, {"all": "1"}):
            assert levels_of(admin.post(f"{PAGE}{action}/", form, follow=True)) == ["error"]
    assert not Message.objects.exists()


def test_before_the_end_nothing_is_done(admin, over, team, organiser):
    over.ends_at += dt.timedelta(days=2)
    over.save()

    for action in ACTIONS:
        assert admin.post(f"{PAGE}{action}/", {"all": "1", "apply": "1", "reason": "x"}).status_code == 409
    with refused("changed_meanwhile"):
        write_to_missing(session=over, people=[team[0].pk], by=organiser)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_only_organisers_act(client, staff_of, over, team, action):
    for role in ("viewer", "desk"):
        client.force_login(staff_of(role))
        assert client.post(f"{PAGE}{action}/", {"all": "1", "apply": "1"}).status_code == 403
    assert client.get(f"{PAGE}{action}/").status_code == 405
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_organisers_at_once_write_once(over, team, organiser):
    def attempt(action):
        try:
            return action()
        except ProgrammeError:
            return 0

    pks, cities = [it.pk for it in team], [team[0].delegation_id]

    written = in_threads([lambda: attempt(lambda: write_to_missing(session=over, people=pks, by=organiser))] * 3)
    asked = in_threads([lambda: attempt(lambda: ask_coordinators(session=over, cities=cities, by=organiser))] * 3)

    assert (sorted(written), sorted(asked)) == ([0, 0, 4], [0, 0, 1])
    assert Message.objects.count() == 5
