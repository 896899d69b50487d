import datetime as dt

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from attendance.models import Attendance, PublishedResults
from programme.actions.action_plans import release_plan
from programme.models import Edition
from tests.client import text
from tests.factories.action_plans import ActionPlanFactory, PartFactory, StepFactory
from tests.factories.feedback import was_there
from tests.factories.people import DelegationFactory
from tests.factories.programme import EditionFactory, SessionFactory
from tests.spreadsheets import rows_of_xlsx

PUBLIC = "/year/results/"


@pytest.fixture
def year(db):
    """An edition that is over: a core session, and a city of which somebody was there."""
    edition = EditionFactory(slug="year", name="Academy 2025")
    starts_at = dt.datetime(2025, 9, 25, 9, tzinfo=dt.UTC)
    session = SessionFactory(
        edition=edition, is_core=True, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=90)
    )
    was_there(session, DelegationFactory(edition=edition, city__name="Girona", city__country="ES"))
    return edition


def page(name, *args):
    return reverse(f"attendance-staff:{name}", args=["year", *args])


def publish(client, organiser):
    client.force_login(organiser)
    preview = client.get(page("results"))
    response = client.post(page("results-publish"), {"as_read": preview.context["results"].token}, follow=True)
    client.logout()
    return preview, response


def test_results_are_public_once_published_and_no_longer_once_taken_back(client, organiser, year):
    assert client.get(PUBLIC).status_code == 404
    assert PUBLIC not in client.get("/year/").content.decode()

    preview, after = publish(client, organiser)
    shown = client.get(PUBLIC)

    assert (preview.context["published"], after.context["is_same"]) == (None, True)
    assert shown.context["results"] == preview.context["results"]
    assert shown.context["countries"] == [{"country": "Spain", "cities": "Girona"}]
    assert f'href="{PUBLIC}"' in client.get("/year/").content.decode()
    client.force_login(organiser)
    client.post(page("results-publish"), {"take_back": "1"})
    client.logout()
    assert client.get(PUBLIC).status_code == 404


def test_before_zeros_are_published_organisers_are_warned(client, organiser, year):
    client.force_login(organiser)
    warning = "Nobody is recorded as having been at a session of this edition."
    assert warning not in text(client.get(page("results")))
    Attendance.objects.all().delete()

    assert warning in text(client.get(page("results")))


def test_what_changed_since_it_was_read_is_not_published(client, organiser, year):
    client.force_login(organiser)

    response = client.post(page("results-publish"), {"as_read": "other"}, follow=True)

    assert [it.level_tag for it in response.context["messages"]] == ["error"]
    assert not PublishedResults.objects.exists()


def test_only_released_plans_are_public_and_only_as_long(client, organiser, year):
    step = StepFactory(edition=year, slug="challenge", title="Challenge")
    released = PartFactory(plan=ActionPlanFactory(delegation=year.delegations.get()), step=step).plan
    closed = PartFactory(plan=ActionPlanFactory(delegation=DelegationFactory(edition=year)), step=step).plan
    draft = ActionPlanFactory(delegation=DelegationFactory(edition=year))
    PartFactory(plan=draft, step=step, state="draft")
    for plan in (released, draft):
        release_plan(delegation=plan.delegation, is_released=True, by=organiser)
    publish(client, organiser)

    plans = client.get(PUBLIC).context["plans"]

    assert [(it.city.name, it.parts) for it in plans] == [("Girona", [("Challenge", "It is **hot**.")])]
    release_plan(delegation=released.delegation, is_released=False, by=organiser)
    assert client.get(PUBLIC).context["plans"] == []  # at once, although the page is kept
    assert not closed.is_released


def test_the_report_comes_as_pdf_and_spreadsheet(client, organiser, year):
    client.force_login(organiser)

    pdf, xlsx = client.get(page("results-pdf")), client.get(page("results-export", "xlsx"))

    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    rows, _types = rows_of_xlsx(b"".join(xlsx.streaming_content))
    assert (rows[0]["C"], rows[1]["A"], rows[1]["B"], rows[1]["D"]) == (
        "Academy 2025",
        "Cities and people",
        "Cities",
        "",
    )


def test_a_viewer_reads_and_publishes_nothing(client, staff_of, year):
    client.force_login(staff_of("viewer"))

    assert client.get(page("results")).status_code == 200
    assert client.post(page("results-publish"), {"as_read": "x"}).status_code == 403
    assert not PublishedResults.objects.exists()


def test_before_the_end_there_is_only_a_preview(client, organiser, open_edition):
    client.force_login(organiser)

    response = client.get(reverse("attendance-staff:results", args=["academy"]))

    assert (response.status_code, response.context["can_publish"]) == (200, False)
    first = open_edition.last_on + dt.timedelta(days=1)
    assert f"from {date_format(first, 'j F Y')}" in text(response)


def test_of_an_unpublished_edition_that_is_over_no_date_is_given(client, organiser, year):
    Edition.objects.filter(pk=year.pk).update(is_published=False)
    client.force_login(organiser)

    context = client.get(page("results")).context

    assert (context["can_publish"], context["publishable_from"]) == (False, None)
