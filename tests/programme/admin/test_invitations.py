import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from programme.models import Invitation, InvitationEmail
from programme.rules.invitations import Stage
from tests.client import text as body_of
from tests.factories.people import InvitationFactory, MessageFactory, ParticipantFactory, UserFactory
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
LIST = "/admin/editions/academy/people/invitations/"
HOURS_AGO = timezone.timedelta(hours=5)


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


def an_invitation(delegation, name, state="", **values):
    """Make an invitation of five hours ago, with its email in this state, if any."""
    at = timezone.now() - HOURS_AGO
    invitation = InvitationFactory(delegation=delegation, email=f"{name}@x.example", created_at=at, **values)
    if state:
        sent_at = at if state == "sent" else None
        message = MessageFactory(to=invitation.email, state=state, sent_at=sent_at, last_error="550 5.1.1 unknown")
        InvitationEmail.objects.create(invitation=invitation, message=message, created_at=at)
    return invitation


@pytest.fixture
def of_each_stage(delegation):
    now = timezone.now()
    return {
        Stage.OPEN: an_invitation(delegation, "old"),
        Stage.QUEUED: an_invitation(delegation, "queued", "queued"),
        Stage.SENT: an_invitation(delegation, "sent", "sent"),
        Stage.FAILED: an_invitation(delegation, "failed", "failed"),
        Stage.OPENED: an_invitation(delegation, "opened", "sent", opened_at=now),
        Stage.USED: an_invitation(delegation, "used", "sent", accepted_at=now, accepted_by=UserFactory(name="Uta Uhl")),
        Stage.REVOKED: an_invitation(delegation, "revoked", "sent", revoked_at=now, opened_at=now),
        Stage.EXPIRED: an_invitation(
            delegation, "expired", "sent", opened_at=now, expires_at=now - dt.timedelta(hours=1)
        ),
    }


def test_each_stage_is_a_filter_that_shows_its_own(admin, open_edition, of_each_stage):
    assert set(of_each_stage) == set(Stage)
    for stage, invitation in of_each_stage.items():
        changelist = admin.get(LIST, {"stage": stage}).context["cl"]

        assert list(changelist.queryset) == [invitation]


def test_a_filter_that_makes_no_sense_shows_all(admin, open_edition, of_each_stage):
    assert admin.get(LIST, {"stage": "nonsense"}).context["cl"].queryset.count() == len(Stage)


def test_the_list_says_what_became_of_each(admin, open_edition, of_each_stage):
    body = body_of(admin.get(LIST))

    for text in ("not delivered: 550 5.1.1 unknown", "page opened", "being sent", "Uta Uhl", "revoked", "expired"):
        assert text in body


def test_the_list_says_who_invited(admin, open_edition, delegation):
    an_invitation(delegation, "ana", invited_by=UserFactory(name="Ines Inviter"))
    an_invitation(delegation, "bo", invited_by=None)

    page = admin.get(LIST)

    assert "Invited by" in body_of(page)
    assert body_of(page).count("Ines Inviter") == 1


def test_the_file_has_the_same_columns_with_the_zone(admin, open_edition, of_each_stage):
    head, *rows = b"".join(admin.get(f"{LIST}export.csv").streaming_content).decode("utf-8-sig").splitlines()

    assert "Sent (Europe/Madrid)" in head
    assert "Page opened (Europe/Madrid)" in head
    assert len(rows) == len(Stage)


def test_the_list_costs_the_same_however_many(admin, open_edition, delegation, django_assert_max_num_queries):
    an_invitation(delegation, "first", "sent")
    admin.get(LIST)
    with django_assert_max_num_queries(30) as at_one:
        admin.get(LIST)
    for n in range(5):
        an_invitation(delegation, f"more{n}", "sent", accepted_by=UserFactory(), invited_by=UserFactory())

    with django_assert_max_num_queries(len(at_one)):
        admin.get(LIST)


def test_organisers_remind_several_and_read_first_who_gets_what(admin, open_edition, of_each_stage):
    chosen = [of_each_stage[Stage.SENT].pk, of_each_stage[Stage.USED].pk, of_each_stage[Stage.FAILED].pk]
    question = admin.post(LIST, {"action": "remind", "_selected_action": chosen})

    body = body_of(question)
    assert "2 emails will be sent." in body
    assert "used@x.example" in body
    assert "no email. The invitation has been used." in body

    admin.post(LIST, {"action": "remind", "_selected_action": chosen, "apply": "1"})

    reminders = Message.objects.filter(kind="invitation_reminder").order_by("to")
    assert list(reminders.values_list("to", flat=True)) == ["failed@x.example", "sent@x.example"]
    assert of_each_stage[Stage.SENT].emails.get(is_reminder=True).is_by_hand


def test_reminders_to_nobody_cannot_be_sent(admin, open_edition, of_each_stage):
    used = of_each_stage[Stage.USED]

    question = admin.post(LIST, {"action": "remind", "_selected_action": [used.pk], "back": LIST})

    body = body_of(question)
    assert "<strong>Nobody would get an email.</strong> Nothing would change." in body
    assert "no email. The invitation has been used." in body
    assert 'name="apply"' not in question.content.decode()
    assert f'href="{LIST}"' in question.content.decode()


def test_the_page_of_an_invitation_says_from_when_a_reminder_can_be_sent(
    admin, open_edition, of_each_stage, time_machine
):
    time_machine.move_to(timezone.now().replace(hour=9, minute=0, second=30, microsecond=0), tick=False)
    sent = of_each_stage[Stage.SENT]
    InvitationEmail.objects.filter(invitation=sent).update(created_at=timezone.now() - dt.timedelta(minutes=20))

    def page():
        return body_of(admin.get(f"/admin/programme/invitation/{sent.pk}/change/"))

    zone = open_edition.zone
    again_at = timezone.localtime(timezone.now().replace(minute=41, second=0), zone)
    assert f"emailed less than an hour ago. You can remind them from {again_at:%H:%M %Z}." in page()
    time_machine.move_to(again_at, tick=False)
    assert "less than an hour ago" not in page()


def test_a_viewer_reminds_nobody(client, open_edition, of_each_stage):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    client.post(LIST, {"action": "remind", "_selected_action": [of_each_stage[Stage.SENT].pk], "apply": "1"})

    assert not Message.objects.filter(kind="invitation_reminder").exists()


def test_the_page_of_an_invitation_offers_a_reminder(admin, open_edition, of_each_stage):
    page = admin.get(f"/admin/programme/invitation/{of_each_stage[Stage.SENT].pk}/change/")
    used = admin.get(f"/admin/programme/invitation/{of_each_stage[Stage.USED].pk}/change/")

    assert [it.name for it in page.context["bulk_actions"]] == ["remind", "revoke"]
    assert [it.name for it in used.context["bulk_actions"]] == []


def test_the_pages_of_a_city_and_a_person_say_how_far_invitations_are(admin, open_edition, of_each_stage, delegation):
    person = ParticipantFactory(delegation=delegation, user__email="opened@x.example")

    city = body_of(admin.get(f"/admin/programme/delegation/{delegation.pk}/change/"))
    page = body_of(admin.get(f"/admin/programme/participant/{person.pk}/change/"))

    assert "not delivered" in city
    assert "Uta Uhl" in city
    assert f"{LIST}?delegation__city__id__exact={delegation.city_id}" in admin.get(
        f"/admin/programme/delegation/{delegation.pk}/change/"
    ).content.decode().replace("&amp;", "&")
    assert "page opened" in page


def test_the_stage_does_not_change_by_reading(admin, client, open_edition, of_each_stage):
    before = list(Invitation.objects.order_by("pk").values())

    admin.get(LIST)

    assert list(Invitation.objects.order_by("pk").values()) == before
