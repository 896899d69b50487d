import datetime as dt
import gzip
import json
import re
import zlib
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse

from programme.models import Edition, Session, Venue
from programme.models.edition_state import state_of
from tests.client import Client, levels_of, text
from tests.factories.people import ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import (
    EditionFactory,
    LogoFactory,
    SessionFactory,
    TimedSessionFactory,
    TrackFactory,
    VenueFactory,
)

pytestmark = pytest.mark.django_db
SMALL = 16 * 1024  # bytes


def page(client, url="/udt-2025/"):
    response = client.get(url)
    assert response.status_code == 200
    return text(response)


def test_the_real_programme_wording(client, edition_2025):
    body = page(client)

    assert "<title>Programme · UDT Academy 2025</title>" in body
    for session in edition_2025.sessions.all():
        assert session.title.replace("'", "&#x27;") in body
    assert "6–7 November 2025" in body
    assert (
        "The clocks go back on 26 October 2025. Before then, times are in CEST (UTC+2); from then on, in CET (UTC+1)."
        in body
    )
    assert body.count('class="badge badge--core"') == 2


def test_the_zone_is_named_once_and_each_session_says_how_long_it_takes(client, edition_2025):
    body = page(client)

    assert body.count("Madrid time") == 1
    assert 'class="zone"' not in body
    assert (
        '<time datetime="2025-10-16T14:00:00Z">16:00</time>–<time datetime="2025-10-16T15:30:00Z">17:30</time>'
        ' <span class="length">· 90 min</span>'
    ) in body
    assert body.count("data-starts=") == 5  # the own time of visitors: only of online sessions


@time_machine.travel(dt.datetime(2025, 9, 20, tzinfo=dt.UTC))
def test_tentative_hint_and_day_without_time_wording(client, edition_2025):
    body = page(client)

    assert '<span class="when__day">December</span> <span class="quiet">date to be announced</span>' in body
    assert body.count("Time to be announced") == 2
    assert body.count("Tentative schedule") == 2  # once a day, not at each session


def test_cancelled_sessions_stay_and_say_so(client, edition_2025):
    Session.objects.filter(slug="peer-learning").update(status="cancelled")

    response = client.get("/udt-2025/")

    body = text(response)
    assert 'session-item is-core is-cancelled" id="peer-learning"' in body
    assert '<span class="badge badge--bad">Cancelled</span>' in body
    assert len(response.context["core"]) == 1


def test_parallel_sessions_stand_side_by_side(client, edition):
    times = {
        "starts_at": dt.datetime(2025, 11, 6, 10, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2025, 11, 6, 12, tzinfo=dt.UTC),
    }
    for name in ("Governance", "Technical"):
        track = TrackFactory(edition=edition, slug=name.lower(), name=name)
        TimedSessionFactory(edition=edition, format="in_person", track=track, **times)

    body = page(client, f"/{edition.slug}/")

    assert body.count('<li class="slot">') == 1
    assert body.count('<ul class="slot__column">') == 2


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("?core", ["peer-learning", "preparing-for-the-in-person-meeting"]),
        ("?track=governance", ["codesigning-digital-twins", "evidence-informed-decisions"]),
    ],
)
def test_a_filter_shows_its_sessions_and_is_kept_beside_the_whole_page(
    client, edition_2025, django_assert_num_queries, query, slugs
):
    everything = client.get("/udt-2025/").content

    response = client.get(f"/udt-2025/{query}")

    assert re.findall(r'<li[^>]* id="([a-z0-9-]+)"', response.content.decode()) == slugs
    assert f"2 sessions of {response.context['n_sessions']} are shown." in text(response)
    with django_assert_num_queries(2):
        assert client.get("/udt-2025/").content == everything
        assert client.get(f"/udt-2025/{query}").content == response.content


@pytest.mark.parametrize("query", ["?track=unknown", "?track=", "?mine", "?track=governance%0d%0aX:y"])
def test_a_filter_that_an_edition_does_not_have_leads_to_all_sessions(client, edition_2025, query):
    response = client.get(f"/udt-2025/{query}")

    assert (response.status_code, response["Location"]) == (302, "/udt-2025/")


@pytest.mark.parametrize(
    ("now", "badges"),
    [
        (dt.datetime(2025, 9, 1, tzinfo=dt.UTC), ["munich-udt-journey next"]),
        (dt.datetime(2025, 9, 25, 14, 30, tzinfo=dt.UTC), ["peer-learning now", "digital-lab-guidelines next"]),
        (dt.datetime(2025, 11, 6, 10, tzinfo=dt.UTC), ["codesigning-digital-twins next", "data-infrastructure next"]),
        (dt.datetime(2025, 12, 1, tzinfo=dt.UTC), []),
    ],
)
def test_what_is_on_now_and_what_comes_next_is_marked(client, edition_2025, now, badges):
    with time_machine.travel(now, tick=False):
        body = page(client)

    marks = re.findall(r'sessions/([a-z0-9-]+)/">[^<]*</a>(?:(?!</li>).)*?badge--(now|next)', body)
    assert [" ".join(it) for it in marks] == badges
    assert body.count("<li data-until=") == len({mark for _slug, mark in marks})  # the bar leads to one of each


def test_structured_data_describes_the_events_and_cannot_break_out(client, edition_2025):
    Session.objects.filter(slug="peer-learning").update(title="</script><script>alert(1)</script>")

    body = client.get("/udt-2025/").content.decode()
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)
    data = json.loads(block)

    assert data["@type"] == "EducationEvent"
    by_url = {event["url"].rstrip("/").rpartition("/")[2]: event for event in data["subEvent"]}
    assert by_url["peer-learning"]["name"] == "</script><script>alert(1)</script>"
    assert by_url["smart-cities-for-people"]["startDate"] == "2025-10-28T16:00:00+01:00"
    assert by_url["smart-city-expo-1"]["startDate"] == "2025-11-05"
    assert "day-1-lunch" not in by_url
    assert "action-plan-presentation" not in by_url


@pytest.mark.parametrize("factory_calls", [1, 3, 30])
def test_edition_detail_costs_the_same_whatever_the_number_of_sessions(
    client, edition, django_assert_num_queries, factory_calls
):
    TimedSessionFactory.create_batch(factory_calls, edition=edition)
    client.get("/editions/")  # templates are loaded

    with django_assert_num_queries(5):  # the edition is over, so it may have results
        first = client.get(f"/{edition.slug}/")
    with django_assert_num_queries(1):
        assert client.get(f"/{edition.slug}/").content == first.content


def rename_session(edition):
    edition.sessions.update(title="Another word")


def rename_track(edition):
    TrackFactory(edition=edition)


def move_house(edition):
    Venue.objects.filter(pk=edition.venue_id).update(name="Another house")


def unpublish_session(edition):
    edition.sessions.update(is_published=False)


def delete_sessions(edition):
    edition.sessions.all().delete()


@pytest.mark.parametrize("change", [rename_session, rename_track, move_house, unpublish_session, delete_sessions])
def test_a_page_that_is_kept_is_made_anew_after_every_change(edition, change):
    edition.venue = VenueFactory()
    edition.save()
    TimedSessionFactory(edition=edition)
    before = state_of(edition.slug)

    change(edition)

    assert state_of(edition.slug) != before


def test_a_page_that_is_kept_says_what_is_so_now(client, edition):
    session = TimedSessionFactory(edition=edition, title="Before")
    assert "Before" in client.get(f"/{edition.slug}/").content.decode()

    session.title = "After"
    session.save()

    assert "After" in client.get(f"/{edition.slug}/").content.decode()
    edition.is_published = False
    edition.save()
    assert client.get(f"/{edition.slug}/").status_code == 404


def test_a_page_that_is_kept_is_the_same_compressed_and_plain(client, edition):
    plain = client.get(f"/{edition.slug}/")
    compressed = client.get(f"/{edition.slug}/", headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(compressed.content) == plain.content
    assert compressed["Content-Encoding"] == "gzip"
    assert {"Cookie", "Accept-Encoding"} <= {it.strip() for it in compressed["Vary"].split(",")}
    known = {"If-None-Match": compressed["ETag"], "Accept-Encoding": "gzip"}
    assert client.get(f"/{edition.slug}/", headers=known).status_code == 304


def test_a_page_that_is_kept_is_nobody_elses(open_edition, coordinator, stranger, organiser):
    """Each in turn, several times, in one process: nobody gets what was kept for another kind of visitor."""
    url, session = f"/{open_edition.slug}/", TimedSessionFactory(edition=open_edition)
    colleague = ParticipantFactory(delegation=coordinator.delegation)
    visitors = [colleague.user, None, stranger, coordinator.user, organiser]
    clients = [Client() for _ in visitors]
    for one, user in zip(clients, visitors, strict=True):
        if user:
            one.force_login(user)

    for path in [url, session.get_absolute_url()] * 3:
        bodies = [one.get(path).content.decode() for one in clients]
        assert ["Sign in" in it for it in bodies] == [False, True, False, False, False]
        assert ["My page" in it for it in bodies] == [True, False, True, True, True]
        assert ["/admin/" in it for it in bodies] == [False] * 4 + [True]
        if path == url:
            assert [f'"/portal/{open_edition.slug}/"' in it for it in bodies] == [True, False, False, True, False]
        assert not [
            user for user in visitors if user and any(text in it for it in bodies for text in (user.email, user.name))
        ]


@time_machine.travel(dt.datetime(2025, 9, 1, tzinfo=dt.UTC), tick=False)
def test_under_a_filter_next_is_still_what_comes_next_of_all(client, edition_2025):
    everything, core = client.get("/udt-2025/"), client.get("/udt-2025/?core")

    (first,) = everything.context["coming"]
    assert (core.context["coming"], first.is_core) == ([first], False)
    assert "badge--next" not in core.content.decode()
    assert core.context["jump_to_coming"] is None


def test_a_seat_is_marked_for_whoever_holds_it(open_edition, coordinator, stranger):
    """Each in turn, several times, in one process: nobody sees another's seat."""
    start = dt.datetime(2025, 11, 6, 10, tzinfo=dt.UTC)
    times = {"starts_at": start, "ends_at": start + dt.timedelta(hours=1)}
    one, other = (
        TimedSessionFactory(edition=open_edition, title=name, track=TrackFactory(edition=open_edition), **times)
        for name in ("One", "Other")
    )
    colleague = ParticipantFactory(delegation=coordinator.delegation)
    SeatFactory(participant=coordinator, session=one)
    SeatFactory(participant=colleague, session=other)
    clients = [Client() for _ in range(4)]
    for browser, user in zip(clients, [coordinator.user, colleague.user, stranger], strict=False):
        browser.force_login(user)

    for _turn in range(2):
        bodies = [text(browser.get("/academy/")) for browser in clients]
        seats = [re.findall(r">(One|Other)</a>(?:(?!</li>).)*?Your seat", body) for body in bodies]
        assert seats == [["One"], ["Other"], [], []]
        assert ["My sessions" in body for body in bodies] == [True, True, False, False]
    pages = [browser.get("/academy/") for browser in clients]
    assert ["private" in it.get("Cache-Control", "") for it in pages] == [True, True, False, False]
    mine = text(clients[0].get("/academy/?mine"))
    assert (">One</a>" in mine, ">Other</a>" in mine) == (True, False)


def test_a_page_is_kept_once_whatever_seats_people_hold(open_edition, coordinator, django_assert_num_queries):
    people = [coordinator, ParticipantFactory(delegation=coordinator.delegation)]
    for person in people:
        SeatFactory(
            participant=person,
            session=TimedSessionFactory(edition=open_edition, track=TrackFactory(edition=open_edition)),
        )
    first, second = Client(), Client()
    first.force_login(people[0].user)
    second.force_login(people[1].user)
    first.get("/academy/")

    with django_assert_num_queries(3):
        page = second.get("/academy/", headers={"Accept-Encoding": "gzip"})

    assert page["Content-Encoding"] == "gzip"


def test_a_page_that_is_kept_costs_somebody_signed_in_who_they_are_and_whether_they_take_part(
    client, edition_2025, participant, django_assert_num_queries
):
    client.force_login(participant.user)
    client.get("/udt-2025/")

    with django_assert_num_queries(3):
        client.get("/udt-2025/")


def test_somebody_signed_in_who_has_the_page_is_not_sent_it_again(client, edition, participant):
    client.force_login(participant.user)
    etag = client.get(f"/{edition.slug}/")["ETag"]

    assert client.get(f"/{edition.slug}/", headers={"If-None-Match": etag}).status_code == 304
    client.logout()
    assert client.get(f"/{edition.slug}/", headers={"If-None-Match": etag}).status_code == 200


def test_a_message_is_shown_once_and_never_kept(client, edition, participant):
    client.force_login(participant.user)
    client.get(f"/{edition.slug}/")
    client.post(reverse("programme:own-calendar-renew", args=[edition.slug]))

    first = client.get(f"/{edition.slug}/")
    pages = [text(it) for it in (first, client.get(f"/{edition.slug}/"), Client().get(f"/{edition.slug}/"))]

    assert levels_of(first) == ["success"]
    (message,) = first.context["messages"]
    assert [str(message) in it for it in pages] == [True, False, False]


def test_a_page_that_is_kept_follows_the_clock(client, open_edition):
    assert "Register</a>" in client.get(f"/{open_edition.slug}/").content.decode()

    with time_machine.travel(open_edition.registration_closes_at):
        assert "Register</a>" not in client.get(f"/{open_edition.slug}/").content.decode()


def test_register_is_in_reach_while_it_is_open(client, coordinator, stranger):
    assert '<a class="button" href="/academy/register/">Register</a>' in client.get("/academy/").content.decode()

    client.force_login(stranger)
    assert 'href="/academy/register/"' in client.get("/academy/").content.decode()
    client.force_login(coordinator.user)
    assert '<a class="button" href="/portal/academy/">My page</a>' in client.get("/academy/").content.decode()


def test_register_is_not_shown_while_it_is_closed(client, edition):
    assert "/register/" not in client.get(edition.get_absolute_url()).content.decode()


def test_the_first_view_is_small(client, edition_2025):
    compressed = len(client.get("/udt-2025/", headers={"Accept-Encoding": "gzip"}).content)
    for name in ("css/site.css", "js/site.js", "img/icon.svg"):
        file = Path(staticfiles_storage.path(staticfiles_storage.stored_name(name)))
        compressed += len(zlib.compress(file.read_bytes()))

    assert compressed < SMALL


def test_an_unpublished_edition_is_for_organisers_only(client, organiser, stranger):
    edition = EditionFactory(is_published=False)
    url = f"/{edition.slug}/"

    assert client.get(url).status_code == 404
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(organiser)
    assert '<p class="note note--warn">' in page(client, url)


def test_an_unpublished_session_is_for_those_who_may_see_sessions(client, edition, stranger):
    SessionFactory(edition=edition, title="Secret plan", is_published=False)
    url = f"/{edition.slug}/"

    assert "Secret plan" not in page(client, url)
    client.force_login(stranger)
    assert "Secret plan" not in page(client, url)
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_session", content_type__app_label="programme"))
    client.force_login(viewer)
    assert "Secret plan" in page(client, url)


def test_an_edition_without_sessions_says_that_they_will_come(client, edition):
    assert '<p class="empty">' in page(client, f"/{edition.slug}/")


@time_machine.travel(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
def test_an_edition_that_is_over_speaks_in_the_past_and_leads_on_wording(client, edition_2025):
    assert f'href="{reverse("programme:edition-list")}">See the other editions' in page(client)
    EditionFactory(slug="secret", first_on=dt.date(2026, 2, 1), last_on=dt.date(2026, 3, 1), is_published=False)
    EditionFactory(slug="udt-2027", first_on=dt.date(2027, 9, 1), last_on=dt.date(2027, 12, 1))
    EditionFactory(slug="udt-2026", first_on=dt.date(2026, 9, 1), last_on=dt.date(2026, 12, 1), name="UDT 2026")
    Edition.objects.filter(pk=edition_2025.pk).update(audience="")  # the page is made anew

    response = client.get("/udt-2025/")

    body = text(response)
    assert response.context["is_over"]
    assert "This edition is over. It took place in September – November 2025." in body
    assert "attendance was mandatory" in body
    assert response.context["edition"].next_edition == {"slug": "udt-2026", "name": "UDT 2026"}
    assert '<a class="button" href="/udt-2026/">Go to the next edition: UDT 2026</a>' in body


@time_machine.travel(dt.datetime(2025, 9, 20, tzinfo=dt.UTC))
def test_the_first_screen_says_what_for_whom_by_whom_and_which_sessions_are_core_wording(client, edition_2025):
    edition_2025.organiser_name, edition_2025.audience = "House of <Cities>", "Teams of six"
    edition_2025.accent, edition_2025.logo = "plum", LogoFactory()
    edition_2025.save()

    response = client.get("/udt-2025/")

    body = text(response)
    opening = body.partition('<div class="opening">')[2].partition('<div class="page-bar">')[0]
    assert response.context["next_session"].slug == "peer-learning"
    for words in (
        *("Blended training that equips cities", "Teams of six", "House of &lt;Cities&gt;", "attendance is mandatory"),
        *("Peer-learning: from challenge to use case", "Thu 25 September, 16:00 CEST", "Thu 16 October, 16:00 CEST"),
    ):
        assert words in opening
    assert '<svg class="city"' in opening
    assert f'src="/udt-2025/logo/{edition_2025.logo.file_name}" width="320" height="96"' in opening
    assert '<html lang="en" class="accent-plum"' in body
    assert '<meta property="og:image" content="http://testserver/udt-2025/picture.png">' in body


@pytest.mark.parametrize("url", ["/nothing/", "/udt-2025/nothing/", "/UDT-2025/", "/udt-2025/sessions/", "/é/"])
def test_what_does_not_exist_is_our_404(client, edition_2025, url):
    response = client.get(url)

    assert response.status_code == 404
    assert '<meta name="robots" content="noindex">' in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize(
    "url",
    [
        *("/", "/editions/", "/udt-2025/", "/udt-2025/sessions/peer-learning/", "/robots.txt", "/healthz", "/readyz"),
        *("/udt-2025/programme.ics", "/udt-2025/sessions/peer-learning.ics"),
    ],
)
def test_pages_are_only_read(client, edition_2025, url, method):
    before = Edition.objects.values().get()

    assert getattr(client, method)(url).status_code == 405
    assert Edition.objects.values().get() == before


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?x=%00", {}, 400),
        ("?x=%FF%FE&y[]=1&=&&", {}, 200),
        ("?page=-1&q=" + "x" * 3000, {}, 200),
        ("", {"Accept": "nonsense;q=x"}, 200),
        ("", {"Accept-Language": "xx-YY;q=abc,*,,"}, 200),
        ("", {"If-Modified-Since": "yesterday", "If-None-Match": '"'}, 200),
        ("", {"Host": "evil.example"}, 400),
        ("", {"Host": "a b"}, 400),
        ("", {"Range": "bytes=5-1"}, 200),
    ],
)
def test_nonsense_is_never_an_error_of_ours(client, edition_2025, query, headers, status):
    assert client.get(f"/udt-2025/{query}", headers=headers).status_code == status


def test_head_answers_without_a_body(client, edition_2025):
    response = client.head("/udt-2025/")

    assert (response.status_code, response.content) == (200, b"")
