"""Organisers' pages about applications: list, ranking, one application, criteria, and deciding in one step."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from programme.models import Application, ApplicationAnswer, ApplicationCriterion, Delegation
from tests.client import text
from tests.factories.applications import ApplicationFactory, CriterionFactory, ScoreFactory, takes_applications
from tests.factories.people import UserFactory
from tests.factories.questions import QuestionFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/editions/academy/people/applications/"


@pytest.fixture
def academy(open_edition):
    return takes_applications(open_edition)


@pytest.fixture
def admin(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def tampere(academy):
    return ApplicationFactory(edition=academy, city_name="Tampere", country="FI")


@pytest.fixture
def ghent(academy):
    return ApplicationFactory(edition=academy, city_name="Ghent", country="BE")


def names(response):
    return [str(it.application) for it in response.context["listed"]]


def test_applications_are_listed_and_filtered(admin, academy, tampere, ghent, organiser):
    criterion = CriterionFactory(edition=academy)
    ScoreFactory(application=tampere, criterion=criterion, scorer=organiser, points=4)
    ghent.state = ghent.told_state = "declined"
    ghent.save()

    assert names(admin.get(LIST)) == ["Ghent (BE)", "Tampere (FI)"]
    assert names(admin.get(f"{LIST}?state=declined")) == ["Ghent (BE)"]
    assert names(admin.get(f"{LIST}?state=nothing")) == ["Ghent (BE)", "Tampere (FI)"]
    assert "4.00" in text(admin.get(LIST))


def test_the_list_costs_the_same_however_many(admin, academy, tampere, django_assert_num_queries):
    admin.get(LIST)
    n_queries = 5
    with django_assert_num_queries(n_queries):
        admin.get(LIST)

    ApplicationFactory.create_batch(3, edition=academy)
    with django_assert_num_queries(n_queries):
        admin.get(LIST)


def test_the_ranking_shows_ties_as_ties(admin, academy, tampere, ghent):
    girona = ApplicationFactory(edition=academy, city_name="Girona")
    criterion = CriterionFactory(edition=academy)
    for application, points in [(tampere, 3), (ghent, 3), (girona, 5)]:
        ScoreFactory(application=application, criterion=criterion, points=points)

    listed = admin.get(f"{LIST}ranking/").context["listed"]

    assert [(str(it.application), it.rank.place, it.rank.is_shared) for it in listed] == [
        ("Girona (ES)", 1, False),
        ("Ghent (BE)", 2, True),
        ("Tampere (FI)", 2, True),
    ]


def test_a_selection_is_decided_in_one_step(admin, tampere, ghent):
    chosen = {"application": [tampere.pk, ghent.pk], "outcome": "accepted"}
    question = admin.post(f"{LIST}decide/", chosen)
    token = question.context["confirmation"].token
    answer = {"agreed_to": token, "apply": "1", "quota": "5", "text": "Welcome"}

    assert question.context["plan"].chosen == [ghent, tampere]
    assert admin.post(f"{LIST}decide/", chosen | answer | {"quota": "0"}).status_code == 422
    assert admin.post(f"{LIST}decide/", chosen | answer | {"agreed_to": "x"}).status_code == 409
    assert not Delegation.objects.exists()
    assert admin.post(f"{LIST}decide/", chosen | answer).url == LIST
    late = admin.post(f"{LIST}decide/", chosen | answer | {"text": "What I wrote"})
    assert (late.status_code, "What I wrote" in text(late)) == (422, True)  # nothing left to decide
    off = admin.post("/admin/editions/academy/settings/", {"name": "Academy"})
    assert "decisions_untold" in {
        it.code for it in off.context["adminform"].form.errors.as_data()["takes_applications"]
    }
    assert list(Delegation.objects.values_list("quota", flat=True)) == [5, 5]
    leaving = admin.get("/admin/editions/academy/messages/planned/").context["page"]
    assert [(it.emails.text, it.emails.about) for it in leaving] == [("Decisions about applications of cities", 2)]
    assert set(Application.objects.values_list("state", "told_state")) == {("accepted", "submitted")}


def test_another_decision_asks_for_a_reason_and_the_last_can_be_undone(admin, tampere):
    tampere.state = tampere.told_state = "declined"
    tampere.save()
    chosen = {"application": tampere.pk, "outcome": "waiting"}
    token = admin.post(f"{LIST}decide/", chosen).context["confirmation"].token
    answer = {"agreed_to": token, "apply": "1"}

    assert admin.post(f"{LIST}decide/", chosen | answer).context["form"].errors.keys() == {"reason"}
    admin.post(f"{LIST}decide/", chosen | answer | {"reason": "A place is free"})
    tampere.refresh_from_db()
    assert tampere.state == "waiting"

    admin.post(f"{LIST}{tampere.pk}/undo/")
    tampere.refresh_from_db()
    assert tampere.state == "declined"


def test_an_accepted_city_without_its_delegation_is_shown_as_such(admin, tampere):
    tampere.state = tampere.told_state = "accepted"
    tampere.save()

    page = admin.get(f"{LIST}{tampere.pk}/")

    assert "its delegation was deleted" in text(page)
    assert [it for it, _label in page.context["outcomes"]] == ["accepted", "waiting", "declined"]


def test_an_application_is_scored_and_noted(admin, academy, tampere, organiser):
    criterion = CriterionFactory(edition=academy)
    page = f"{LIST}{tampere.pk}/"

    assert admin.post(f"{page}score/", {}).status_code == 422
    admin.post(f"{page}score/", {f"criterion-{criterion.pk}": "2"})
    admin.post(f"{page}score/", {f"criterion-{criterion.pk}": "4"})
    admin.post(f"{page}note/", {"text": "Strong team"})

    assert tampere.scores.get().points == 4
    assert "Strong team" in text(admin.get(page))


def test_a_conflict_of_interest_hides_scores_and_notes(admin, academy, tampere):
    ScoreFactory(application=tampere, criterion=CriterionFactory(edition=academy), points=1)
    page = f"{LIST}{tampere.pk}/"
    admin.post(f"{page}note/", {"text": "Weak data"})

    admin.post(f"{page}conflict/", {"reason": "I worked there"})

    context = admin.get(page).context
    assert (context["scores"], context["score_form"], list(context["notes"]), context["outcomes"]) == ([], None, [], [])
    assert "1.00" not in text(admin.get(LIST)) + text(admin.get(f"{LIST}ranking/"))
    left_out = admin.post(f"{LIST}decide/", {"application": tampere.pk, "outcome": "accepted"}).context["plan"].left_out
    assert [it for it, _reason in left_out] == [tampere]


def test_who_applied_for_the_city_is_offered_nothing(admin, academy, tampere, organiser):
    ApplicationFactory(edition=academy, city_name="tampere", country="FI", contact=organiser)

    context = admin.get(f"{LIST}{tampere.pk}/").context

    assert (context["score_form"], context["note_form"], context["outcomes"]) == (None, None, [])


def test_criteria_are_changed_on_one_page(admin, academy):
    rows = {"criteria-TOTAL_FORMS": "2", "criteria-INITIAL_FORMS": "0"}
    need = {"criteria-0-name": "Need", "criteria-0-weight": "2"}

    assert admin.post(f"{LIST}criteria/", rows | need | {"criteria-1-name": "Team"}).status_code == 422
    assert admin.post(f"{LIST}criteria/", rows | need).status_code == 302
    assert ApplicationCriterion.objects.values_list("name", "weight").get() == ("Need", 2)


def test_a_stale_page_of_criteria_deletes_nothing(admin, academy):
    as_read = admin.get(f"{LIST}criteria/").context["as_read"]
    CriterionFactory(edition=academy, name="Data")
    rows = {"criteria-TOTAL_FORMS": "2", "criteria-INITIAL_FORMS": "0", "as_read": as_read}
    need = {"criteria-0-name": "Need", "criteria-0-weight": "2"}

    stale = admin.post(f"{LIST}criteria/", rows | need)
    nameless = admin.post(f"{LIST}criteria/", rows | need | {"criteria-1-weight": "3"})

    assert (stale.status_code, stale.context["forms"][0]["name"].value()) == (409, "Need")
    assert nameless.context["forms"][1].errors.keys() == {"name"}
    assert academy.criteria.get().name == "Data"
    fresh = {"as_read": admin.get(f"{LIST}criteria/").context["as_read"]}
    for _click in range(2):
        assert admin.post(f"{LIST}criteria/", rows | need | fresh).status_code == 302
    assert academy.criteria.get().name == "Need"


def test_pages_are_there_only_where_cities_apply(admin, academy, tampere, edition):
    home = reverse("programme-staff:participants", args=["academy"])
    assert LIST in admin.get(home).content.decode()
    academy.takes_applications = False
    academy.save()

    assert LIST not in admin.get(home).content.decode()
    for path in ("", "ranking/", "criteria/", f"{tampere.pk}/"):
        assert admin.get(f"{LIST}{path}").status_code == 404
    assert admin.get(f"/admin/editions/{edition.slug}/people/applications/{tampere.pk}/").status_code == 404


def test_who_may_only_look_changes_nothing(client, academy, tampere):
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    assert client.get(f"{LIST}{tampere.pk}/").context["outcomes"] == []
    assert client.post(f"{LIST}decide/", {"application": tampere.pk, "outcome": "declined"}).status_code == 403
    assert Application.objects.get().state == "submitted"


def test_the_list_is_downloaded_with_the_answers(admin, academy, tampere, ghent, organiser):
    """In the order of the list, what is filtered, and no score of an application with a conflict of interest."""
    question = QuestionFactory(
        edition=academy, kind="number", asked_when="application", labels={"en": "How many?"}, is_retired=True
    )
    ApplicationAnswer.objects.create(application=tampere, question=question, edition=academy, value="12.5")
    criterion = CriterionFactory(edition=academy)
    for application in (tampere, ghent):
        ScoreFactory(application=application, criterion=criterion, points=4)
    ghent.conflicts.create(organiser=organiser)

    whole = rows_of(admin.get(f"{LIST}export.csv"))
    unscored = rows_of(admin.get(f"{LIST}export.csv?state=unscored"))

    assert [it["City"] for it in whole] == ["Ghent", "Tampere"]
    assert [(it["Place"], it["Score"], it["Scored by"], it["How many?"]) for it in whole] == [
        ("", "", "", ""),
        ("1", "4.00", "1", "12.5"),
    ]
    assert whole[1]["Email address"] == tampere.contact.email
    assert [it["City"] for it in unscored] == ["Tampere"]
    assert "export.xlsx" in admin.get(LIST).content.decode()
    assert LogEntry.objects.filter(change_message="Downloaded applications.csv").count() == 2


def rows_of(response):
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_every_page_of_applications_leads_to_the_others_and_to_the_criteria(admin, client, tampere):
    criteria = f'href="{LIST}criteria/"'
    pages = [admin.get(f"{LIST}{it}").content.decode() for it in ("", "ranking/", "criteria/", f"{tampere.pk}/")]
    viewer = UserFactory(is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    assert [it.count('aria-current="page"') >= (number < 3) for number, it in enumerate(pages)] == [True] * 4
    assert [criteria in it for it in pages] == [True] * 4
    assert [it.count(criteria) for it in (pages[1], pages[3])] == [2, 2]  # the tab, and where there are none yet
    assert criteria not in client.get(f"{LIST}{tampere.pk}/").content.decode()
