"""The pages on which organisers write to a selection of people."""

import datetime as dt
import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programme.actions.campaign_sending import send_due_campaigns
from programme.actions.campaigns import copy_campaign, token_of, unsubscribe, write_campaign
from programme.models import Campaign, Edition, SavedText
from programme.selections import Selection
from tests.client import text
from tests.factories.people import DelegationFactory, ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import EditionFactory
from tests.threads import in_threads
from udtacademy.outbox.models import Message

LIST = "/admin/editions/academy/messages/campaigns/"
FORM = {"to": "registered:", "subject": "News for {city}", "text": "Dear {name},\n\nnews."}


@pytest.fixture
def organiser(client, db):
    organiser = UserFactory(name="Olga Organiser", email="olga@academy.example", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    client.force_login(organiser)
    return organiser


@pytest.fixture
def ana(delegation):
    return ParticipantFactory(delegation=delegation, user__name="Ana Anaya")


@pytest.fixture
def campaign(organiser, coordinator, ana):
    return write_campaign(
        edition=ana.edition, selection=Selection("registered"), subject=FORM["subject"], text=FORM["text"], by=organiser
    )


@pytest.fixture
def page(campaign):
    return f"{LIST}{campaign.pk}/"


def press(client, page, button, **fields):
    """Press a button of the page as it is."""
    token = client.get(page).context.get("agreed_to", "")
    return client.post(page, {button: "1", "agreed_to": token, "when": "now", **fields})


def test_writing_previewing_testing_and_sending(client, organiser, coordinator, ana):
    unsubscribe(participant=coordinator, is_unsubscribed=True, by=coordinator.user)

    page = client.post(f"{LIST}add/", FORM).url
    shown = client.get(page)
    assert (shown.context["recipients"].n, shown.context["recipients"].n_left_out) == (1, 1)
    assert shown.context["filled"].subject == "News for Girona"
    assert "unsubscribed from emails like this: 1" in text(shown)
    press(client, page, "test", **{"as": ana.pk})
    assert Message.objects.get(kind="campaign_test").to == organiser.email
    assert press(client, page, "plan").url == page
    send_due_campaigns()

    after = client.get(page)
    assert (after.context["numbers"].waiting, after.context["numbers"].n_left_out) == (1, 1)
    assert [str(it.participant) for it, _outcome in after.context["people"]] == ["Carme Coll", "Ana Anaya"]
    assert [it.participant for it, _ in client.get(f"{page}?outcome=left-out").context["people"]] == [coordinator]
    assert [it.participant for it, _ in client.get(f"{page}?q=anaya").context["people"]] == [ana]
    assert "Everybody registered" in text(client.get(LIST))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("subject", "News for {town}", "unknown_placeholder"),
        ("subject", "{portal_link}", "link_in_subject"),
        ("text", "Dear {nmae}", "unknown_placeholder"),
        ("text", "a } b", "single_brace"),
        ("to", "city:1", "invalid_choice"),
        ("to", "people:password=x", "selection_gone"),
    ],
)
@pytest.mark.usefixtures("organiser", "open_edition")
def test_what_makes_no_sense_is_refused_when_it_is_saved(client, field, value, code):
    response = client.post(f"{LIST}add/", FORM | {field: value})

    assert response.status_code == 422
    assert [(name, it.code) for name, errors in response.context["form"].errors.as_data().items() for it in errors] == [
        (field, code)
    ]
    assert not Campaign.objects.exists()


@pytest.mark.usefixtures("organiser", "open_edition")
def test_refused_placeholders_wording(client):
    form = FORM | {"subject": "{portal_link}", "text": "{nmae} {town} }"}

    assert client.post(f"{LIST}add/", form).context["form"].errors == {
        "subject": ["“{portal_link}” is a link, which a subject has no room for. Use it in the text."],
        "text": [
            "“{nmae}” is not a placeholder. Did you mean “{name}”?",
            "“{town}” is not a placeholder. Use one of those listed below.",
            "There is a single brace at “}”. Use braces only for placeholders such as {name}.",
        ],
    }


def test_a_subject_is_one_line_whatever_was_pasted(client, organiser, open_edition):
    client.post(f"{LIST}add/", FORM | {"subject": "News\r\nBcc: everybody@city.example"})

    assert Campaign.objects.get().subject == "News Bcc: everybody@city.example"


def test_a_list_and_a_board_lead_to_the_form_with_whom_they_show(client, organiser, ana, coordinator, tracks):
    SeatFactory(participant=ana, session=tracks["governance-morning"])
    pages = {
        "people/?q=ana&o=1": "people:q=ana",
        "people/cities/?q=gir": "cities:q=gir",
        "seats/all/?state__exact=held": "seats:state__exact=held",
        f"attendance/board/?city={ana.delegation_id}&page=2": f"board:city={ana.delegation_id}",
        "seats/": f"seat:{tracks['governance-morning'].pk}",
    }
    for page, key in pages.items():
        shown = client.get(f"/admin/editions/academy/{page}").content.decode()
        url = next(it for it in shown.split('"') if "campaigns/add/?to=" in it)
        assert client.get(url).context["form"]["to"].value() == key
        campaign = client.post(url, FORM | {"to": key})
        assert "Ana Anaya" in [str(it) for it in client.get(campaign.url).context["page"]]
    team = client.get(f"/admin/programme/delegation/{ana.delegation_id}/change/").context["page_links"]
    assert client.get(team[0].url).context["form"]["to"].value() == f"city:{ana.delegation_id}"


def test_what_somebody_else_has_changed_is_read_again_first(client, campaign, page):
    token = client.get(page).context["agreed_to"]
    Campaign.objects.update(text="Something else.")

    response = client.post(page, {"plan": "1", "when": "now", "agreed_to": token})

    assert response.status_code == 409
    assert response.context["filled"].text == "Something else."
    assert Campaign.objects.get().is_draft


def test_nobody_to_write_to_is_a_sentence(client, campaign, page):
    Campaign.objects.update(selection=Selection("pending").as_json())

    response = press(client, page, "plan")

    assert response.status_code == 422
    assert response.context["refusal"]
    assert Campaign.objects.get().is_draft


def test_a_time_is_in_the_editions_zone_and_can_be_cancelled(client, campaign, page):
    day = timezone.now().date() + dt.timedelta(days=3)
    when = {"when": "later", "send_at_0": day.isoformat(), "send_at_1": "09:30"}

    assert press(client, page, "plan", when="later").status_code == 422
    now_and_later = press(client, page, "plan", **when | {"when": "now"})
    for year in (day.year + 3, 9999):
        assert press(client, page, "plan", **when | {"send_at_0": f"{year}-05-04"}).status_code == 422
    assert now_and_later.context["form"].has_error("when", "two_times")
    assert press(client, page, "plan", when="").context["form"].has_error("when", "required")
    assert Campaign.objects.get().is_draft
    press(client, page, "plan", **when)
    campaign.refresh_from_db()
    assert campaign.send_at.astimezone(campaign.edition.zone).replace(tzinfo=None) == dt.datetime.combine(
        day, dt.time(9, 30)
    )
    planned = client.get("/admin/editions/academy/messages/planned/")
    assert [it.n_people for _day, emails in planned.context["days"] for it in emails if it.emails.url == page] == [2]
    press(client, page, "cancel")
    assert not send_due_campaigns()
    assert Campaign.objects.get().state == "cancelled"
    assert client.post(page, {"copy": "1"}).url == f"{LIST}{campaign.pk + 1}/edit/"


def test_a_form_that_is_sent_twice_makes_one_draft(client, organiser, open_edition):
    token = str(client.get(f"{LIST}add/").context["form"]["token"].value())

    pages = [client.post(f"{LIST}add/", FORM | {"token": token}).url for _time in range(2)]

    assert pages[0] == pages[1]
    assert Campaign.objects.count() == 1
    assert client.post(f"{LIST}add/", FORM | {"token": token, "text": "Another one"}).url != pages[0]
    assert client.post(f"{LIST}add/", FORM | {"token": "x"}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_make_one_draft(open_edition):
    by, token = UserFactory(), uuid.uuid4()
    values = {
        "edition": open_edition,
        "selection": Selection("registered"),
        "subject": "News",
        "text": "News",
        "by": by,
    }

    written = in_threads([lambda: write_campaign(**values, token=token)] * 4)

    assert len({it.pk for it in written}) == 1
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize("path", ["add/", "{campaign}/edit/", "texts/add/"])
def test_what_was_typed_after_the_session_ended_comes_back(client, campaign, organiser, path):
    url = f"{LIST}{path.format(campaign=campaign.pk)}"
    shown = client.get(url).context
    posted = {"name": "News", "to": "coordinators:", "only": ["unwritten"], "subject": "Long", "text": "A long text",
              "typed_by": shown["typed_by"], "agreed_to": shown.get("agreed_to", "")}  # fmt: skip
    client.logout()

    assert client.post(url, posted).url.startswith("/accounts/")
    Campaign.objects.update(subject="A colleague was here")
    client.force_login(organiser)

    again = client.get(url)
    form = again.context["form"]
    assert (form["subject"].value(), form["text"].value()) == ("Long", "A long text")
    if "to" in form.fields:
        assert (form["to"].value(), form["only"].value()) == ("coordinators:", ["unwritten"])
    saved = client.post(url, posted | {"agreed_to": again.context.get("agreed_to", "")})
    assert saved.status_code == (422 if "edit" in path else 302)  # the colleague's change is not overwritten
    client.logout()
    client.post(url, posted | {"typed_by": "forged"})
    other = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(other)
    assert client.get(url).context["form"]["text"].value() != "A long text"


def test_two_who_change_a_draft_do_not_overwrite_each_other(client, campaign, page):
    read = client.get(f"{page}edit/").context["agreed_to"]
    client.post(f"{page}edit/", FORM | {"subject": "First", "agreed_to": read})

    second = client.post(f"{page}edit/", FORM | {"subject": "Second", "agreed_to": read})

    assert second.context["form"].has_error("__all__", "changed_meanwhile")
    assert second.context["form"]["subject"].value() == "Second"
    assert Campaign.objects.get().subject == "First"


def test_a_draft_is_changed_and_deleted_but_nothing_else_is(client, campaign, page):
    read = client.get(f"{page}edit/").context["agreed_to"]
    assert client.post(f"{page}edit/", FORM | {"subject": "Other", "agreed_to": read}).url == page
    assert Campaign.objects.get().subject == "Other"
    assert client.post(f"{page}edit/", FORM | {"text": "{x}"}).status_code == 422
    Campaign.objects.update(state="sent", send_at=timezone.now())

    token = token_of(Campaign.objects.get())
    kept = client.post(f"{page}edit/", FORM | {"subject": "Third", "agreed_to": token})
    assert (kept.status_code, kept.context["form"]["subject"].value()) == (422, "Third")
    client.post(page, {"delete": "1"})

    assert Campaign.objects.get().subject == "Other"
    Campaign.objects.update(state="draft")
    client.post(page, {"delete": "1"})
    assert not Campaign.objects.exists()


def test_those_of_another_edition_are_neither_shown_nor_changed(client, campaign, page):
    EditionFactory(slug="other")
    elsewhere = page.replace("academy", "other")

    assert [client.get(f"{elsewhere}{it}").status_code for it in ("", "edit/", "mail/")] == [404, 404, 404]
    assert client.post(elsewhere, {"plan": "1", "when": "now"}).status_code == 404
    assert Campaign.objects.get().is_draft
    stranger = ParticipantFactory(delegation=DelegationFactory(edition__slug="third"))
    assert client.get(f"{page}mail/?as={stranger.pk}").status_code == 404
    assert client.get(f"{page}?as={stranger.pk}").context["reader"] != stranger


def test_a_viewer_reads_and_sends_nothing(client, campaign, page):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    assert client.get(page).status_code == 200
    assert [client.post(page, {it: "1"}).status_code for it in ("plan", "test", "delete", "copy")] == [403] * 4
    assert client.get(f"{LIST}add/").status_code == 403
    assert Campaign.objects.get().is_draft


@pytest.mark.parametrize("gone", ["attendance.view_attendance", "programme.view_seat"])
def test_a_placeholder_is_for_those_who_may_see_its_values(client, campaign, page, organiser, gone):
    app, codename = gone.split(".")
    placeholder = "missing_core_sessions" if app == "attendance" else "next_session"
    Group.objects.get(name="organiser").permissions.remove(Permission.objects.get(codename=codename))

    assert placeholder not in [name for name, *_rest in client.get(f"{LIST}add/").context["placeholders"]]
    for path, values in ((f"{LIST}add/", {}), (f"{LIST}texts/add/", {"name": "x"})):
        form = client.post(path, FORM | values | {"text": f"{{{placeholder}}}"}).context["form"]
        assert form.has_error("text", "placeholder_not_allowed")
    assert client.get(page).status_code == 200
    Campaign.objects.update(text=f"{{{placeholder}}}")
    assert [client.get(f"{page}{it}").status_code for it in ("", "edit/", "mail/")] == [403] * 3
    assert [it[3] for it in client.get(LIST).context["rows"]] == [False]
    assert page not in client.get(LIST).content.decode()


def test_a_draft_whose_placeholder_is_gone_says_so_and_can_be_changed(client, campaign, page, ana):
    Campaign.objects.update(text="Dear {nickname}")

    shown = client.get(page)
    assert (shown.status_code, "{nickname}" in shown.context["gone"]) == (200, True)
    assert f"{page}edit/" in shown.content.decode()
    assert client.get(f"{page}mail/?as={ana.pk}").status_code == 404
    test = client.post(page, {"test": "1", "as": ana.pk})
    assert (test.status_code, "{nickname}" in test.context["refusal"]) == (422, True)
    token = client.get(f"{page}edit/").context["agreed_to"]
    assert client.post(f"{page}edit/", FORM | {"agreed_to": token}).url == page
    assert client.get(page).context["filled"]


def test_whom_of_these_leaves_out_is_counted_apart(client, campaign, page, coordinator):
    Campaign.objects.update(selection=Selection("registered", only=("coordinators",)).as_json())
    unsubscribe(participant=coordinator, is_unsubscribed=True, by=coordinator.user)

    shown = client.get(page).context

    assert (shown["recipients"].n, shown["recipients"].n_left_out, shown["n_narrowed"]) == (0, 1, 1)


def test_a_campaign_in_an_unpublished_edition_says_that_it_is_held(client, campaign, page):
    Campaign.objects.update(state="sending", send_at=timezone.now(), began_at=timezone.now())
    assert "The edition is not published" not in text(client.get(page))
    Edition.objects.update(is_published=False)

    assert "The edition is not published, so nothing is sent." in text(client.get(page))


def test_the_library_has_texts_to_start_from(client, campaign, page):
    add = f"{LIST}texts/add/?from={campaign.pk}"
    assert client.get(add).context["form"]["text"].value() == FORM["text"]
    values = {"name": "News", "subject": FORM["subject"], "text": FORM["text"]}

    assert client.post(add, values | {"text": "{x}"}).status_code == 422
    client.post(add, values)
    saved = SavedText.objects.get()
    assert client.post(add, values | {"name": "NEWS"}).context["form"].has_error("name", "name_taken")
    assert client.get(f"{LIST}add/?text={saved.pk}").context["form"]["subject"].value() == FORM["subject"]
    client.post(f"{LIST}texts/{saved.pk}/", values | {"name": "Other news"})
    assert SavedText.objects.get().name == "Other news"
    client.post(f"{LIST}texts/{saved.pk}/", {"delete": "1"})
    assert not SavedText.objects.exists()


def test_pages_cost_the_same_for_one_and_for_many(client, campaign, page, organiser):
    def cost(url):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    before = [cost(it) for it in (LIST, page, f"{page}edit/")]
    for _n in range(3):
        ParticipantFactory(delegation__edition=campaign.edition)
        copy_campaign(campaign=campaign, by=organiser)

    assert [cost(it) for it in (LIST, page, f"{page}edit/")] == before


@pytest.mark.parametrize("path", ["edit/", ""])
def test_a_mistake_does_not_let_one_pass_over_what_a_colleague_changed(client, campaign, page, path):
    old = client.get(f"{page}{path}").context["agreed_to"]
    Campaign.objects.update(subject="A colleague was here")
    mistake = FORM | {"text": "{x}"} if path else {"plan": "1", "when": "later"}

    wrong = client.post(f"{page}{path}", mistake | {"agreed_to": old})

    assert (wrong.status_code, wrong.context["agreed_to"]) == (422, old)
    missing = client.post(f"{page}edit/", FORM)
    assert missing.context["form"].has_error("__all__", "changed_meanwhile")


def test_a_draft_that_a_colleague_changed_can_be_saved_after_signing_in_again(client, campaign, page, organiser):
    shown = client.get(f"{page}edit/").context
    typed = FORM | {"subject": "Mine", "typed_by": shown["typed_by"], "agreed_to": shown["agreed_to"]}
    client.logout()
    client.post(f"{page}edit/", typed)
    Campaign.objects.update(subject="A colleague was here")
    client.force_login(organiser)
    token = client.get(f"{page}edit/").context["agreed_to"]

    refused = client.post(f"{page}edit/", typed | {"agreed_to": token})
    saved = client.post(f"{page}edit/", typed | {"agreed_to": refused.context["agreed_to"]})

    assert (refused.status_code, saved.url) == (422, page)
    assert Campaign.objects.get().subject == "Mine"


def test_signing_in_leads_back_to_whom_one_was_writing(client, organiser, open_edition):
    client.logout()
    url = f"{LIST}add/?to=coordinators%3A&only=unwritten"

    response = client.get(url)

    assert parse_qs(urlsplit(response.url).query)["next"] == [url]


def test_groups_of_fields_say_their_help_and_their_mistakes_to_screen_readers(client, campaign, page):
    send = {"plan": "1", "when": "later", "agreed_to": client.get(page).context["agreed_to"]}

    response = client.post(page, send)

    groups = re.findall(r'<fieldset\s+aria-describedby="([^"]*)"', response.content.decode())
    assert response.status_code == 422
    assert groups == ["id_send_at_helptext id_send_at_error"]


def test_examples_of_placeholders_name_the_edition(client, organiser, open_edition):
    placeholders = client.get(f"{LIST}add/").context["placeholders"]

    examples = {name: example for name, _label, example in placeholders}
    assert examples["edition"] == open_edition.name
    assert examples["portal_link"] == f"https://…/portal/{open_edition.slug}/"
