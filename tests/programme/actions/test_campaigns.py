"""Campaigns: who gets one, once, whatever happens meanwhile."""

import datetime as dt
from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.demo.generated import Size, generate_edition
from programme.actions import campaign_sending
from programme.actions.campaign_sending import begin, send_campaign, send_due_campaigns, write_some
from programme.actions.campaigns import (
    cancel_campaign,
    change_campaign,
    plan_campaign,
    send_test,
    token_of,
    unsubscribe,
    write_campaign,
)
from programme.actions.emails_again import send_again
from programme.actions.registrations import withdraw
from programme.models import Campaign, CampaignRecipient, Edition, Participant
from programme.personal_links import stop_link
from programme.placeholders import PLACEHOLDERS
from programme.queries.campaigns import numbers_of, with_all
from programme.selections import Selection
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import TimedSessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.delivery import deliver_messages
from udtacademy.outbox.mime import as_it_leaves, content_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of

EVERYBODY = Selection("registered")
TEXT = "Dear {name},\n\nhow is {city}? Next: {next_session}\n\n→ Open your page: {portal_link}"


@pytest.fixture
def by(db):
    return UserFactory(name="Olga Organiser")


@pytest.fixture
def team(open_edition):
    """Three people of Girona."""
    delegation = DelegationFactory(edition=open_edition, city__name="Girona", quota=9)
    return [ParticipantFactory(delegation=delegation, user__name=name) for name in ("Ana", "Bea", "Cai")]


def written(edition, by, selection=EVERYBODY, subject="News for {city}", text=TEXT):
    return write_campaign(edition=edition, selection=selection, subject=subject, text=text, by=by)


def planned(edition, by, selection=EVERYBODY, **values):
    campaign = written(edition, by, selection, **values)
    assert plan_campaign(campaign=campaign, send_at=None, agreed_to=token_of(campaign), by=by)
    campaign.refresh_from_db()
    return campaign


def readers(campaign):
    """Who has a message of the campaign, once for each."""
    messages = Message.objects.filter(kind="campaign", dedupe_key__startswith=f"campaign:{campaign.pk}:")
    return sorted(messages.values_list("user__name", flat=True))


def test_each_gets_their_own_text_and_a_way_to_turn_it_off(open_edition, team, by):
    soon = timezone.now().replace(microsecond=0) + dt.timedelta(days=1)
    TimedSessionFactory(edition=open_edition, title="Lab", starts_at=soon, ends_at=soon + dt.timedelta(hours=1))
    ana = team[0]
    ana.user.time_zone = "Europe/Helsinki"
    ana.user.save()
    campaign = planned(open_edition, by)

    assert send_due_campaigns() == 3

    message = Message.objects.get(dedupe_key=campaign.key_of(ana.pk))
    assert (message.to, message.sent_by, message.context_id) == (ana.user.email, by, open_edition.pk)
    assert message.subject == "News for Girona"
    assert message.text.startswith("Dear Ana,\n\nhow is Girona? Next: “Lab” on ")
    assert "your time: " in message.text
    assert "(Helsinki)" in message.text
    assert "/portal/academy/emails/" in message.text
    assert b"List-Unsubscribe: <http" in content_of(message, "")
    assert "/me/emails/" not in message.text + message.unsubscribe_url
    leaving = as_it_leaves(message)
    assert stop_link(message) in leaving.text
    assert stop_link(message) in html_of(leaving)
    assert "/portal/academy/emails/" not in leaving.text + html_of(leaving)
    assert "/me/emails/" not in message.text
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert numbers_of([campaign])[campaign.pk].waiting == 3


def test_whoever_is_left_out_is_recorded_with_the_reason(open_edition, team, by):
    ana, bea, cai = team
    Participant.objects.filter(pk=ana.pk).update(state="withdrawn")
    unsubscribe(participant=bea, is_unsubscribed=True, by=bea.user)
    disabled = ParticipantFactory(delegation=bea.delegation, user__is_active=False)
    campaign = planned(open_edition, by, Selection("people", f"delegation__city__id__exact={ana.delegation.city_id}"))

    send_due_campaigns()

    left_out = dict(CampaignRecipient.objects.exclude(left_out="").values_list("participant", "left_out"))
    assert left_out == {ana.pk: "left", bea.pk: "unsubscribed", disabled.pk: "disabled"}
    assert readers(campaign) == ["Cai"]
    assert cai.pk not in left_out


def test_who_withdraws_or_unsubscribes_after_it_left_gets_nothing(open_edition, team, by, mailoutbox, settings):
    campaign = planned(open_edition, by)
    send_due_campaigns()
    withdraw(participant=team[0], by=team[0].user)
    unsubscribe(participant=team[1], is_unsubscribed=True, by=team[1].user)

    deliver_messages()

    states = dict(Message.objects.filter(kind="campaign").values_list("user__name", "state"))
    assert states == {"Ana": "outdated", "Bea": "outdated", "Cai": "sent"}
    numbers = numbers_of([campaign])[campaign.pk]
    assert (numbers.sent, numbers.stopped, numbers.waiting) == (1, 2, 0)


def test_unpublishing_holds_what_is_being_sent_for_a_day(open_edition, team, by, monkeypatch, time_machine):
    """Of three one has left, one was about to, and the third was not written yet."""
    campaign = planned(open_edition, by)
    monkeypatch.setattr(campaign_sending, "AT_A_TIME", 1)
    assert begin(campaign)
    assert (write_some(campaign), deliver_messages(), write_some(campaign)) == (1, 1, 1)
    Edition.objects.update(is_published=False)

    assert (send_due_campaigns(), send_campaign(campaign), deliver_messages()) == (0, 0, 0)
    states = dict(Message.objects.filter(kind="campaign").values_list("user__name", "state"))
    assert states == {"Ana": "sent", "Bea": "outdated"}
    campaign.refresh_from_db()
    assert (campaign.state, campaign.is_held) == ("sending", True)

    Edition.objects.update(is_published=True)
    time_machine.move_to(timezone.now() + dt.timedelta(hours=23))
    assert send_due_campaigns() == 1
    assert Campaign.objects.get().state == "sent"
    assert readers(campaign) == ["Ana", "Bea", "Cai"]


def test_held_for_more_than_a_day_it_ends_and_says_so(open_edition, team, by, monkeypatch, time_machine):
    campaign = planned(open_edition, by)
    monkeypatch.setattr(campaign_sending, "AT_A_TIME", 1)
    assert begin(campaign)
    assert write_some(campaign) == 1
    time_machine.move_to(timezone.now() + dt.timedelta(hours=25))

    assert send_due_campaigns() == 0

    assert Campaign.objects.get().state == "sent"
    assert readers(campaign) == ["Ana"]
    assert list(numbers_of([campaign])[campaign.pk].left_out) == [("it could not leave within a day", 2)]


def test_who_withdraws_between_planning_and_leaving_is_not_selected(open_edition, team, by):
    campaign = planned(open_edition, by)
    withdraw(participant=team[0], by=team[0].user)
    newcomer = ParticipantFactory(delegation=team[0].delegation, user__name="Dan")

    send_due_campaigns()

    assert readers(campaign) == ["Bea", "Cai", newcomer.user.name]


def test_a_killed_worker_is_gone_on_from_and_nobody_gets_it_twice(open_edition, team, by, monkeypatch):
    """Killed after the first message; then somebody leaves and somebody comes, and another worker goes on."""
    campaign = planned(open_edition, by)
    monkeypatch.setattr(campaign_sending, "AT_A_TIME", 1)
    compose, calls = campaign_sending.composed, []

    def killed(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise MemoryError
        return compose(*args, **kwargs)

    monkeypatch.setattr(campaign_sending, "composed", killed)
    with pytest.raises(ExceptionGroup):
        send_due_campaigns()
    assert readers(campaign) == ["Ana"]
    assert Campaign.objects.get().state == "sending"
    Participant.objects.filter(pk=team[1].pk).update(state="withdrawn")
    ParticipantFactory(delegation=team[0].delegation, user__name="Dan")

    send_due_campaigns()
    send_due_campaigns()

    assert readers(campaign) == ["Ana", "Cai"]
    assert dict(CampaignRecipient.objects.values_list("participant__user__name", "left_out")) == {
        "Ana": "",
        "Bea": "left",
        "Cai": "",
    }
    assert Campaign.objects.get().state == "sent"


def test_a_message_that_was_written_but_not_linked_is_found_by_its_key(open_edition, team, by):
    campaign = planned(open_edition, by)
    begin(campaign)
    earlier = campaign_sending.composed(
        campaign, list(with_all(Participant.objects.filter(pk=team[0].pk))), timezone.now()
    )
    Message.objects.bulk_create(earlier)

    send_due_campaigns()

    assert readers(campaign) == ["Ana", "Bea", "Cai"]
    assert CampaignRecipient.objects.get(participant=team[0]).message == earlier[0]


@pytest.mark.django_db(transaction=True)
def test_two_organisers_and_two_workers_at_once_send_it_once(open_edition, team, by):
    campaign = written(open_edition, by)
    token, other = token_of(campaign), UserFactory()

    def press(who):
        is_new = plan_campaign(campaign=campaign, send_at=None, agreed_to=token, by=who)
        send_due_campaigns()
        return is_new

    results = in_threads([lambda: press(by), lambda: press(other), send_due_campaigns, send_due_campaigns])

    assert sorted(results[:2]) == [False, True]
    send_due_campaigns()
    assert readers(campaign) == ["Ana", "Bea", "Cai"]
    assert Campaign.objects.get().state == "sent"


def test_what_cannot_leave_is_refused(open_edition, team, by):
    nobody = written(open_edition, by, Selection("coordinators"))
    campaign = written(open_edition, by)
    hour = timezone.now() - dt.timedelta(hours=1)
    change_campaign(
        campaign=campaign, selection=EVERYBODY, subject="Other", text="Other", agreed_to=token_of(campaign), by=by
    )

    cases = [
        (nobody, None, token_of(nobody), "nobody_selected"),
        (campaign, None, token_of(campaign), "changed_meanwhile"),
        (campaign, hour, token_of(Campaign.objects.get(pk=campaign.pk)), "time_over"),
    ]
    for it, send_at, token, code in cases:
        with refused(code):
            plan_campaign(campaign=it, send_at=send_at, agreed_to=token, by=by)
    open_edition.is_published = False
    open_edition.save()
    with refused("edition_not_published"):
        plan_campaign(campaign=nobody, send_at=None, agreed_to=token_of(nobody), by=by)
    assert set(Campaign.objects.values_list("state", flat=True)) == {"draft"}


def test_it_leaves_at_its_time_unless_it_was_cancelled(open_edition, team, by, time_machine):
    later = timezone.now() + dt.timedelta(hours=2)
    one, other = written(open_edition, by), written(open_edition, by)
    for campaign in (one, other):
        plan_campaign(campaign=campaign, send_at=later, agreed_to=token_of(campaign), by=by)

    assert send_due_campaigns() == 0
    assert cancel_campaign(campaign=one, by=by)
    time_machine.move_to(later + dt.timedelta(minutes=1))
    assert send_due_campaigns() == 3

    assert (readers(one), readers(other)) == ([], ["Ana", "Bea", "Cai"])
    assert not cancel_campaign(campaign=other, by=by)
    assert not plan_campaign(campaign=other, send_at=None, agreed_to=token_of(other), by=by)


def test_a_selection_that_is_gone_cancels_it_with_the_problem(open_edition, team, by):
    empty = DelegationFactory(edition=open_edition)
    person = ParticipantFactory(delegation=empty)
    campaign = planned(open_edition, by, Selection("city", str(empty.pk)))
    person.delete()
    empty.delete()

    assert send_due_campaigns() == 0

    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert campaign.problem


def test_what_could_not_leave_within_a_day_is_cancelled_with_the_problem(open_edition, team, by, time_machine):
    """Nobody is surprised by an old email once its edition is published again."""
    campaign = planned(open_edition, by)
    open_edition.is_published = False
    open_edition.save()
    assert send_due_campaigns() == 0
    time_machine.move_to(timezone.now() + dt.timedelta(hours=25))
    assert Campaign.objects.get().is_planned
    open_edition.is_published = True
    open_edition.save()

    assert send_due_campaigns() == 0

    campaign.refresh_from_db()
    assert (campaign.state, bool(campaign.problem), readers(campaign)) == ("cancelled", True, [])


def test_a_test_goes_to_the_organiser_alone_and_counts_as_nothing(open_edition, team, by):
    campaign = written(open_edition, by)
    reader = with_all(Participant.objects.filter(pk=team[0].pk)).get()

    message = send_test(campaign=campaign, reader=reader, by=by)

    assert (message.to, message.kind, message.dedupe_key) == (by.email, "campaign_test", None)
    assert message.subject == "Test: News for Girona"
    assert "Dear Ana," in message.text
    narrowed = Selection("registered", only=("unwritten",))
    assert planned(open_edition, by, narrowed).is_planned


def test_it_is_sent_again_as_it_reads_today_but_to_nobody_left_out(open_edition, team, by):
    campaign = planned(open_edition, by)
    send_due_campaigns()
    deliver_messages()
    message = Message.objects.get(dedupe_key=campaign.key_of(team[0].pk))

    again = send_again(message=message, by=by)

    assert again.text.startswith("Dear Ana,")
    unsubscribe(participant=team[0], is_unsubscribed=True, by=team[0].user)
    Message.objects.filter(pk=again.pk).update(created_at=timezone.now() - dt.timedelta(hours=1))
    with refused("left_out"):
        send_again(message=message, by=by)


def test_what_was_sent_again_is_sent_again_too(open_edition, team, by):
    campaign = planned(open_edition, by)
    send_due_campaigns()
    message = Message.objects.get(dedupe_key=campaign.key_of(team[0].pk))

    for _time in range(3):
        deliver_messages()
        message = send_again(message=message, by=by)
        assert message.text.startswith("Dear Ana,")
    unsubscribe(participant=team[0], is_unsubscribed=True, by=team[0].user)
    deliver_messages()
    Message.objects.update(state="sent")
    with refused("left_out"):
        send_again(message=message, by=by)


def test_a_text_whose_placeholder_is_gone_is_refused_wherever_it_is_filled_in(open_edition, team, by, monkeypatch):
    campaign = planned(open_edition, by)
    send_due_campaigns()
    deliver_messages()
    monkeypatch.delitem(PLACEHOLDERS, "city")
    reader = with_all(Participant.objects.filter(pk=team[0].pk)).get()

    with refused("unknown_placeholder"):
        send_test(campaign=campaign, reader=reader, by=by)
    with refused("unknown_placeholder"):
        send_again(message=Message.objects.filter(kind="campaign").first(), by=by)


@pytest.mark.slow
def test_five_thousand_are_planned_by_six_statements_within_five_seconds(db, by):
    edition = generate_edition(slug="crowd", size=Size(200, 5000, 6), seed=1, now=timezone.now())
    campaign = planned(edition, by, Selection("registered", only=("unwritten",)))

    begun = perf_counter()
    with CaptureQueriesContext(connection) as queries:
        assert begin(campaign)
    planning = perf_counter() - begun
    n_written = campaign_sending.send_campaign(campaign)
    seconds = perf_counter() - begun

    assert n_written == 5000
    assert Message.objects.filter(kind="campaign").values("user").distinct().count() == 5000
    statements = [it["sql"] for it in queries if "SAVEPOINT" not in it["sql"]]
    assert len(statements) <= 6
    assert planning < 5
    assert seconds < 60  # of a busy machine, where a worker writes them in the background; alone it takes about five
