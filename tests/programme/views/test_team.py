import django.test
import pytest
from django.utils import timezone

from programme.models import Delegation, Edition, Invitation, Participant
from programme.rules.invitations import Stage
from tests.client import levels_of, press
from tests.client import text as body_of
from tests.factories.people import InvitationFactory, ParticipantFactory, StoppedAddressFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
TEAM = "/portal/academy/team/"


@pytest.fixture
def lead(client, coordinator):
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def colleague(coordinator):
    return ParticipantFactory(delegation=coordinator.delegation, user__name="Col League")


def test_a_colleague_sees_the_team_and_no_more_wording(client, colleague):
    ParticipantFactory(delegation=colleague.delegation, state="pending", user__name="Penny Pending")
    client.force_login(colleague.user)

    body = body_of(client.get(TEAM))

    assert "Carme Coll" in body
    assert "Your city can register 3 people. Registered so far: 2." in body
    assert "Penny Pending" not in body
    assert "<form" not in body.split("<main", 1)[1]


def test_the_coordinator_sees_who_waits_and_who_is_invited(lead, coordinator, colleague):
    ParticipantFactory(delegation=coordinator.delegation, state="pending", user__name="Penny Pending")
    InvitationFactory(delegation=coordinator.delegation, email="nele@x.example", name="Nele Neu")
    ParticipantFactory(delegation__edition=coordinator.edition, user__name="Elsa Elsewhere")

    body = body_of(lead.get(TEAM))

    for name in ("Col League", "Penny Pending", "Nele Neu"):
        assert name in body
    assert "Elsa Elsewhere" not in body


def test_inviting_a_list_says_what_became_of_each_line_once(lead, colleague):
    pasted = f"Nele <nele@x.example>\n{colleague.user.email}\nnobody at all"

    response = lead.post(f"{TEAM}invite/", {"people": pasted})

    assert response.url == TEAM
    body = body_of(lead.get(TEAM))
    assert "<td>nele@x.example</td> <td>invited</td>" in body
    assert f"<td>{colleague.user.email}</td> <td>registered</td>" in body
    assert "<td>nobody at all</td> <td><strong>no email address</strong></td>" in body
    assert ">\nnobody at all</textarea>" in lead.get(TEAM).content.decode() or "nobody at all</textarea>" in body
    assert "no email address" not in body_of(lead.get(TEAM))
    assert list(Message.objects.values_list("to", flat=True)) == ["nele@x.example"]


def test_an_empty_list_is_422(lead):
    response = lead.post(f"{TEAM}invite/", {"people": "nobody at all"})

    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"people"}
    assert "nobody at all</textarea>" in body_of(response)


def test_nobody_is_invited_while_registration_is_closed(lead):
    Edition.objects.update(registration_closes_at=timezone.now() - timezone.timedelta(days=1))

    invited = lead.post(f"{TEAM}invite/", {"people": "nele@x.example"})
    linked = lead.post(f"{TEAM}link/", follow=True)

    assert invited.status_code == 409
    assert invited.context["form"].has_error("people", "registration_closed")
    assert levels_of(linked) == ["error"]
    assert not linked.context["can_invite"]
    assert not Invitation.objects.exists()


def test_a_link_is_shown_once_and_mailed(lead, coordinator):
    lead.post(f"{TEAM}link/")

    first, second = lead.get(TEAM), lead.get(TEAM)

    link = first.context["link"]
    assert (link in body_of(first), link in body_of(second)) == (True, False)
    assert second.context["link"] == ""
    assert second.context["open_link"] == Invitation.objects.get()
    assert link in Message.objects.get(to=coordinator.user.email).text
    assert lead.get(link.removeprefix("http://testserver")).status_code == 200


def test_taking_an_invitation_back(lead, coordinator):
    invitation = InvitationFactory(delegation=coordinator.delegation, email="nele@x.example")

    for _ in range(2):
        assert lead.post(f"{TEAM}invitations/{invitation.pk}/revoke/").url == TEAM

    invitation.refresh_from_db()
    assert invitation.revoked_at


@pytest.mark.parametrize(
    ("button", "after"),
    [
        ("Make coordinator instead of me", {"is_coordinator": True, "state": "registered"}),
        ("Make coordinator too", {"is_coordinator": True, "state": "registered"}),
        ("Withdraw", {"is_coordinator": False, "state": "withdrawn"}),
    ],
)
def test_a_coordinators_buttons_work_as_a_browser_posts_them(coordinator, colleague, button, after):
    """With what their forms hold, and nothing else."""
    browser = django.test.Client(enforce_csrf_checks=True)
    browser.force_login(coordinator.user)

    response = press(browser, TEAM, button)

    assert (response.status_code, levels_of(response)) == (200, ["success"])
    assert Participant.objects.filter(pk=colleague.pk).values(*after).get() == after


def test_withdrawing_and_handing_over(lead, colleague, coordinator):
    other = ParticipantFactory(delegation=coordinator.delegation)

    withdrawn = lead.post(f"{TEAM}{other.pk}/withdraw/", follow=True)
    handed_over = lead.post(f"{TEAM}{colleague.pk}/hand-over/", follow=True)

    assert [levels_of(it) for it in (withdrawn, handed_over)] == [["success"], ["success"]]
    assert Participant.objects.get(pk=other.pk).state == "withdrawn"
    colleague.refresh_from_db()
    coordinator.refresh_from_db()
    assert (colleague.is_coordinator, coordinator.is_coordinator) == (True, False)
    assert lead.post(f"{TEAM}{colleague.pk}/withdraw/").status_code == 404


def test_two_coordinators_act_and_one_of_them_stops(lead, colleague, coordinator):
    assert "step-down" not in body_of(lead.get(TEAM))
    assert levels_of(lead.post(f"{TEAM}step-down/", follow=True)) == ["error"]
    lead.post(f"{TEAM}{colleague.pk}/coordinator/")

    response = press(lead, TEAM, "Stop being coordinator")

    assert levels_of(response) == ["success"]
    assert list(Participant.objects.coordinating()) == [colleague]
    assert lead.post(f"{TEAM}step-down/").status_code == 404


def test_a_coordinator_writes_to_colleagues_whose_addresses_others_do_not_see(lead, colleague, coordinator):
    address = f"mailto:{colleague.user.email}"
    assert address in body_of(lead.get(TEAM))
    lead.force_login(colleague.user)

    assert f"mailto:{coordinator.user.email}" not in body_of(lead.get(TEAM))


@pytest.mark.parametrize(("quota", "is_said"), [(2, True), (3, False), (1, False)])
def test_more_invitations_than_the_quota_has_room_for_are_said(lead, coordinator, quota, is_said):
    Delegation.objects.filter(pk=coordinator.delegation_id).update(quota=quota)
    for name in ("nele", "bo"):
        InvitationFactory(delegation=coordinator.delegation, email=f"{name}@x.example")

    body = body_of(lead.get(TEAM))

    assert ("2 open invitations, 1 place left: the first to register gets it." in body) == is_said


@pytest.mark.usefixtures("colleague")
def test_the_coordinator_does_not_leave_the_team_alone(lead, coordinator):
    paths = (f"{TEAM}{coordinator.pk}/withdraw/", "/portal/academy/profile/withdraw/")

    responses = [lead.post(path, follow=True) for path in paths]

    assert [levels_of(it) for it in responses] == [["error"], ["error"]]
    assert Participant.objects.registered().count() == 2


def test_somebody_who_waits_cannot_be_made_coordinator(lead, coordinator):
    waiting = ParticipantFactory(delegation=coordinator.delegation, state="pending", user__name="Penny Pending")

    response = lead.post(f"{TEAM}{waiting.pk}/hand-over/", follow=True)

    assert levels_of(response) == ["error"]
    waiting.refresh_from_db()
    coordinator.refresh_from_db()
    assert (waiting.is_coordinator, coordinator.is_coordinator) == (False, True)


@pytest.mark.parametrize("who", ["colleague", "other_coordinator", "stranger", "organiser", "participant"])
@pytest.mark.parametrize(
    "path",
    [
        "invite/",
        "link/",
        "{colleague}/withdraw/",
        "{colleague}/hand-over/",
        "{colleague}/coordinator/",
        "step-down/",
        "invitations/{invitation}/revoke/",
    ],
)
def test_others_can_do_nothing_to_a_team(client, request, colleague, who, path):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))
    invitation = InvitationFactory(delegation=colleague.delegation, email="nele@x.example")
    before = list(Participant.objects.order_by("pk").values()), list(Invitation.objects.values())
    url = TEAM + path.format(colleague=colleague.pk, invitation=invitation.pk)

    response = client.post(url, {"people": "x@y.example"})

    if who == "other_coordinator" and path in {"invite/", "link/"}:
        assert not Invitation.objects.filter(delegation=colleague.delegation).exclude(pk=invitation.pk).exists()
        return  # it is their own team they invite to
    is_about_own_role = who == "other_coordinator" and path == "step-down/"  # which they keep, as the only one
    assert response.status_code == (302 if is_about_own_role else 404)
    assert (list(Participant.objects.order_by("pk").values()), list(Invitation.objects.values())) == before
    assert client.get(url).status_code in {404, 405}


def test_only_coordinators_see_whom_emails_do_not_reach(lead, client, coordinator, colleague):
    StoppedAddressFactory(address=colleague.user.email)
    invitation = InvitationFactory(delegation=coordinator.delegation, email="gone@x.example")
    StoppedAddressFactory(address="gone@x.example")

    page = lead.get(TEAM)

    assert page.context["unreachable"] == [colleague]
    assert [shown.stage for shown, _why in page.context["invitations"] if shown == invitation] == [Stage.FAILED]
    assert "gets no emails" in body_of(page)
    client.force_login(colleague.user)
    assert "gets no emails" not in body_of(client.get(TEAM))


def test_the_team_costs_the_same_however_many(lead, coordinator, django_assert_num_queries):
    n_queries = 6
    lead.get(TEAM)
    with django_assert_num_queries(n_queries):
        lead.get(TEAM)
    coordinator.delegation.quota = 30
    coordinator.delegation.save()
    ParticipantFactory.create_batch(10, delegation=coordinator.delegation)
    for n in range(10):
        InvitationFactory(delegation=coordinator.delegation, email=f"p{n}@x.example")

    with django_assert_num_queries(n_queries):
        lead.get(TEAM)


def test_a_pasted_list_survives_an_expired_session(lead, coordinator):
    typed_by = lead.get(TEAM).context["typed_by"]
    lead.logout()

    response = lead.post(f"{TEAM}invite/", {"people": "nele@x.example", "typed_by": typed_by})

    assert response.url == f"/accounts/login/code/?next={TEAM}"
    session = lead.session
    lead.force_login(coordinator.user)
    again = lead.session
    again.update({key: value for key, value in session.items() if key.startswith("typed:")})
    again.save()
    assert "nele@x.example</textarea>" in body_of(lead.get(TEAM))
    assert not Message.objects.exists()
    lead.post(f"{TEAM}invite/", {"people": "nele@x.example"})
    for _ in range(2):
        assert "nele@x.example</textarea>" not in body_of(lead.get(TEAM))


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/portal/academy/team/link/", TEAM),
        ("/portal/academy/team/1/withdraw/", TEAM),
        ("/portal/academy/team/1/hand-over/", TEAM),
        ("/portal/academy/team/invitations/1/revoke/", TEAM),
        ("/portal/academy/profile/withdraw/", "/portal/academy/profile/"),
        ("/accounts/email/confirm/", "/accounts/email/"),
    ],
)
def test_after_signing_in_one_is_on_a_page_that_can_be_read(client, open_edition, path, page):
    assert client.post(path).url == f"/accounts/login/code/?next={page}"


def test_the_coordinator_reminds_once_an_hour_and_sees_how_far_an_invitation_is(lead, coordinator):
    at = timezone.now() - timezone.timedelta(hours=2)
    invitation = InvitationFactory(delegation=coordinator.delegation, email="nele@x.example", created_at=at)

    response = press(lead, TEAM, "Send a reminder")
    again = lead.post(f"{TEAM}invitations/{invitation.pk}/remind/", follow=True)

    assert [levels_of(it) for it in (response, again)] == [["success"], ["error"]]
    ((shown, reason),) = response.context["invitations"]
    assert (shown.stage, bool(reason)) == (Stage.QUEUED, True)
    assert f"invitations/{invitation.pk}/remind/" not in body_of(response)
    Message.objects.update(state="sent", sent_at=timezone.now())
    assert "You can remind them from " in body_of(lead.get(TEAM))
    assert Message.objects.get().kind == "invitation_reminder"


def test_an_invitation_of_another_city_is_not_reminded(lead, coordinator):
    at = timezone.now() - timezone.timedelta(hours=2)
    other = InvitationFactory(delegation__edition=coordinator.edition, email="nele@x.example", created_at=at)

    assert lead.post(f"{TEAM}invitations/{other.pk}/remind/").status_code == 404
    assert not Message.objects.exists()
