import pytest
from django.utils import timezone

from programme.models import Edition, Invitation, Participant
from programme.queries.registering import Prospect
from tests.client import text as text_of
from tests.factories.people import InvitationFactory, ParticipantFactory, UserFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def personal(delegation):
    return InvitationFactory(
        delegation=delegation, email="bo@elsewhere.example", name="Bo Bø", token="personal", is_for_coordinator=True
    )


@pytest.fixture
def link(delegation):
    return InvitationFactory(delegation=delegation, token="forwarded")


def code():
    text = Message.objects.filter(kind="login_code").latest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


def test_a_personal_invitation_leads_to_the_portal_in_five_pages_and_two_mails(client, personal, answers):
    pages = [client.get("/invitations/personal/")]
    asked = client.post("/invitations/personal/")
    pages.append(client.get(asked.url))
    entered = client.post(asked.url, {"code": code()})
    pages.append(client.get(entered.url))
    assert "Girona (ES)" in pages[-1].content.decode()
    assert 'value="Bo Bø"' in pages[-1].content.decode()
    checked = client.post(entered.url, answers | {"action": "check"})
    pages.append(client.get(checked.url))
    sent = client.post(checked.url)
    pages.append(client.get(sent.url))

    assert [page.status_code for page in pages] == [200] * 5
    assert list(Message.objects.order_by("pk").values_list("kind", flat=True)) == ["login_code", "registered"]
    participant = Participant.objects.get()
    assert (participant.state, participant.is_coordinator, participant.delegation) == (
        "registered",
        True,
        personal.delegation,
    )
    assert client.get("/invitations/personal/").url == "/portal/academy/"


def test_reading_an_invitation_changes_nothing_and_hides_the_address(client, personal):
    before = Invitation.objects.values().get()

    for _ in range(2):
        response = client.get("/invitations/personal/")

    assert "bo@elsewhere.example" not in response.content.decode()
    assert "b…@elsewhere.example" in response.content.decode()
    assert Invitation.objects.values().get() == before
    assert not Message.objects.exists()
    assert "invitation" not in str(dict(client.session))


def test_a_link_asks_for_the_address(client, link):
    assert client.post("/invitations/forwarded/", {"email": "nonsense"}).status_code == 422

    asked = client.post("/invitations/forwarded/", {"email": "ana@elsewhere.example"})

    assert Message.objects.get().to == "ana@elsewhere.example"
    assert client.post(asked.url, {"code": code()}).url == "/academy/register/"


def test_somebody_signed_in_goes_on_at_once(client, link, stranger, answers):
    client.force_login(stranger)

    assert client.post("/invitations/forwarded/").url == "/academy/register/"
    client.post("/academy/register/", answers | {"action": "check"})
    client.post("/academy/register/check/")

    assert Participant.objects.get().is_registered
    link.refresh_from_db()
    assert link.accepted_at is None  # others may use it, too


def test_an_invitation_for_somebody_else_is_refused(client, personal, stranger):
    client.force_login(stranger)

    for response in (client.get("/invitations/personal/"), client.post("/invitations/personal/")):
        assert response.status_code == 403
        assert "b…@elsewhere.example" in response.content.decode()
    assert client.get("/academy/register/").context["form"].invited_to is None


@pytest.mark.parametrize(
    ("values", "problem", "sentence"),
    [
        ({"revoked_at": timezone.now()}, "revoked", "This invitation was cancelled or replaced"),
        ({"accepted_at": timezone.now()}, "used", "This invitation has already been used"),
        (
            {
                "created_at": timezone.now() - timezone.timedelta(days=9),
                "expires_at": timezone.now() - timezone.timedelta(days=1),
            },
            "expired",
            "This invitation has expired",
        ),
    ],
)
def test_an_invitation_that_leads_nowhere_wording(client, personal, values, problem, sentence):
    Invitation.objects.update(**values)

    for response in (client.get("/invitations/personal/"), client.post("/invitations/personal/")):
        assert (response.status_code, response.context["problem"]) == (410, problem)
        assert sentence in response.content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize("token", ["unknown", "x" * 500, "%20", "..", "ünknown", "<script>"])
def test_malformed_and_unknown_invitations_are_not_found(client, personal, token):
    assert client.get(f"/invitations/{token}/").status_code == 404


def test_an_invitation_while_registration_is_closed_says_so(client, personal):
    Edition.objects.update(registration_opens_at=timezone.now() + timezone.timedelta(days=1))

    assert client.get("/invitations/personal/").status_code == 409


def test_a_full_delegation_is_said_beforehand(client, personal):
    ParticipantFactory.create_batch(3, delegation=personal.delegation)

    assert client.get("/invitations/personal/").context["prospect"] == Prospect(number=1)


def test_too_many_codes(client, personal):
    assert [client.post("/invitations/personal/").status_code for _ in range(4)] == [302, 302, 302, 429]


def test_whoever_used_it_signs_in_to_the_portal(client, personal):
    user = UserFactory()
    Invitation.objects.update(accepted_at=timezone.now(), accepted_by=user)
    client.force_login(user)

    assert client.get("/invitations/personal/").url == "/portal/academy/"


def test_pressing_the_button_is_recorded_as_opening_and_reading_is_not(client, personal, time_machine):
    client.get("/invitations/personal/")
    assert Invitation.objects.get().opened_at is None
    now = timezone.now()
    time_machine.move_to(now, tick=False)

    client.post("/invitations/personal/")
    time_machine.move_to(now + timezone.timedelta(minutes=5), tick=False)
    client.post("/invitations/personal/")

    assert Invitation.objects.get().opened_at == now


def test_a_stranger_who_is_signed_in_opens_nothing(client, personal, stranger):
    client.force_login(stranger)

    assert client.post("/invitations/personal/").status_code == 403
    assert Invitation.objects.get().opened_at is None


@pytest.fixture
def offer(personal):
    """The place of Ana in Girona, whose quota is used up, with two people on its waiting list."""
    ana = ParticipantFactory(delegation=personal.delegation, user__name="Ana Anaya")
    ParticipantFactory.create_batch(2, delegation=personal.delegation)
    ParticipantFactory.create_batch(2, delegation=personal.delegation, state="waiting")
    Invitation.objects.update(replaces=ana, is_for_coordinator=False)
    return ana


def test_who_is_offered_a_place_does_not_wait(client, offer):
    response = client.get("/invitations/personal/")

    assert response.context["prospect"] == Prospect(place=offer)
    assert offer.user.name in text_of(response)
    assert "waiting list" not in text_of(response)


def test_a_place_that_was_left_is_not_promised_wording(client, offer):
    Participant.objects.filter(pk=offer.pk).update(state="withdrawn")
    ParticipantFactory(delegation=offer.delegation)

    response = client.get("/invitations/personal/")

    assert response.context["prospect"] == Prospect(number=3)
    assert "Girona has no places left." in text_of(response)
    assert offer.user.name not in text_of(response)


def test_who_waits_already_reads_that_the_number_stays(client, offer, link):
    waiting = Participant.objects.filter(state="waiting").order_by("waiting_number").last()
    client.force_login(waiting.user)

    response = client.get("/invitations/forwarded/")

    assert response.context["prospect"] == Prospect(number=2, is_listed=True)
    assert "number 2 on the waiting list of Girona" in text_of(response)
