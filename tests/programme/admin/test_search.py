import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory


def url(edition):
    return reverse("programme-staff:search", args=[edition.slug])


def staff(client, role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def matches(client, edition, typed):
    """What is listed; or the only match, whose page opens at once."""
    response = client.get(url(edition), {"q": typed})
    if response.status_code == 302:
        _admin, _app, model, pk, _change, _end = response.headers["Location"].strip("/").split("/") + [""]
        return [apps.get_model("programme", model).objects.get(pk=pk)]
    return [*response.context["people"], *response.context["cities"], *response.context["sessions"]]


@pytest.mark.parametrize(
    "typed", ["Müller", "muller", "ana m", "MULLER ana", "mull", "ana@", "ana@aldermere.example", " Ana  Müller "]
)
def test_a_person_is_found_by_any_spelling(client, edition, typed):
    person = ParticipantFactory(
        delegation__edition=edition, user__name="Ana Müller", user__email="ana@aldermere.example"
    )
    ParticipantFactory(delegation__edition=edition, user__name="Bo Berg")
    ParticipantFactory(delegation__edition=EditionFactory(), user__name="Ana Müller")  # of another year

    assert person in matches(staff(client, "organiser"), edition, typed)
    assert len(matches(client, edition, typed)) == 1


@pytest.mark.parametrize("state", ["pending", "withdrawn", "declined"])
def test_people_who_are_not_registered_are_found_as_they_are_written(client, edition, state):
    person = ParticipantFactory(delegation__edition=edition, state=state, user__name="Ana Müller")

    assert matches(staff(client, "organiser"), edition, "müll") == [person]


def test_a_city_and_a_session_are_found(client, edition):
    delegation = DelegationFactory(edition=edition, city__name="Gävle")
    session = SessionFactory(edition=edition, title="Visit to MareNostrum 5 + coffee break")
    SessionFactory(title="Visit")
    DelegationFactory(city__name="Gävle Two")

    assert matches(staff(client, "organiser"), edition, "gavle") == [delegation]
    assert matches(client, edition, "coffee mare") == [session]
    assert matches(client, edition, "nostrum") == []


@pytest.mark.parametrize("typed", ["", "   ", "'", "&|!:*", "%", "_", "a" * 5000])
def test_what_has_no_words_finds_nothing(client, edition, typed):
    ParticipantFactory(delegation__edition=edition)
    SessionFactory(edition=edition)

    assert matches(staff(client, "organiser"), edition, typed) == []


def test_nobody_finds_what_they_may_not_see(client, edition):
    ParticipantFactory(delegation__edition=edition, user__name="Ana Müller")
    session = SessionFactory(edition=edition, title="Ana's talk")

    staff(client, "organiser")
    assert len(matches(client, edition, "ana")) == 2
    user = UserFactory(is_staff=True)
    user.user_permissions.set([])
    client.force_login(user)
    assert client.get(url(edition), {"q": "ana"}).status_code == 403
    assert session in matches(staff(client, "viewer"), edition, "ana")


def test_a_search_costs_the_same_for_one_and_three(client, edition, django_assert_max_num_queries):
    staff(client, "organiser")
    costs = []
    for n in (1, 2):
        for _ in range(n):
            ParticipantFactory(delegation=DelegationFactory(edition=edition, city__name=f"Anatown {_}{n}"))
            SessionFactory(edition=edition, title="Ana talks")
        with django_assert_max_num_queries(14) as queries:
            client.get(url(edition), {"q": "ana"})
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_only_match_opens_at_once(client, edition):
    person = ParticipantFactory(delegation__edition=edition, user__name="Ana Müller")
    ParticipantFactory(delegation__edition=EditionFactory(), user__name="Ana Müller")  # of another year

    response = staff(client, "organiser").get(url(edition), {"q": "ana mull"})

    assert response.headers["Location"] == f"/admin/programme/participant/{person.pk}/change/"


@pytest.mark.parametrize("typed", ["ana müller", "MULLER-ANA", "Ana Muller "])
def test_of_several_the_one_called_as_typed_opens(client, edition, typed):
    person = ParticipantFactory(delegation__edition=edition, user__name="Ana Müller")
    ParticipantFactory(delegation__edition=edition, user__name="Ana Müllerová")

    response = staff(client, "organiser").get(url(edition), {"q": typed})

    is_as_typed = typed != "MULLER-ANA"
    assert (response.headers.get("Location") == f"/admin/programme/participant/{person.pk}/change/") is is_as_typed


def test_two_of_one_name_are_both_listed(client, edition):
    two = [ParticipantFactory(delegation__edition=edition, user__name="Ana Müller") for _ in range(2)]

    assert matches(staff(client, "organiser"), edition, "Ana Müller") == two


def test_what_somebody_may_not_see_does_not_hide_the_only_match(client, edition):
    """A search never leads to, or counts, a person whom the visitor may not see."""
    ParticipantFactory(delegation__edition=edition, user__name="Ana")
    session = SessionFactory(edition=edition, title="Ana's talk")
    user = UserFactory(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename="view_session"))
    client.force_login(user)

    response = client.get(url(edition), {"q": "ana"})

    assert response.headers["Location"] == f"/admin/programme/session/{session.pk}/change/"
