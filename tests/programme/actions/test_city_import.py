import pytest

from programme.actions.city_import import import_cities
from programme.actions.invitations import invite_coordinators
from programme.errors import NotAsReadError
from programme.imports.labels import Column
from programme.imports.reading import ListRow
from programme.models import City, Delegation, Invitation
from programme.queries.city_import import plan_cities
from tests.factories.people import CityFactory, DelegationFactory, ParticipantFactory
from tests.factories.programme import EditionFactory
from tests.refusals import refused
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


def row(number, city="Olot", *, country="es", quota="", coordinator="", email="", domains=""):
    texts = {
        Column.CITY: city,
        Column.COUNTRY: country,
        Column.QUOTA: quota,
        Column.COORDINATOR: coordinator,
        Column.COORDINATOR_EMAIL: email,
        Column.DOMAINS: domains,
    }
    return ListRow(number, {column: text for column, text in texts.items() if text})


def outcomes(edition, rows):
    return [str(it.outcome) for it in plan_cities(edition, rows).rows]


def run(edition, rows, by, **more):
    return import_cities(edition=edition, rows=rows, agreed_to=plan_cities(edition, rows).token, by=by, **more)


def test_a_city_is_added_with_its_delegation_and_its_coordinator_invited(open_edition, organiser):
    rows = [
        row(2, quota="5", coordinator="Olga Oliva <Olga@Olot.Example>", domains="https://www.Olot.Example; @it.olot")
    ]

    run(open_edition, rows, organiser)

    delegation = Delegation.objects.get()
    assert (delegation.city.name, delegation.city.country, delegation.edition) == ("Olot", "ES", open_edition)
    assert (delegation.quota, delegation.coordinator_email) == (5, "olga@olot.example")
    assert delegation.email_domains == ["olot.example", "it.olot"]
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.name, invitation.is_for_coordinator) == (
        "olga@olot.example",
        "Olga Oliva",
        True,
    )
    assert Message.objects.get().to == "olga@olot.example"
    assert delegation.events.get().pgh_context.metadata["user"] == organiser.pk


def test_the_same_list_again_changes_nothing(open_edition, organiser):
    rows = [row(2, quota="5", email="olga@olot.example", domains="olot.example")]
    run(open_edition, rows, organiser)

    again = run(open_edition, rows, organiser)

    assert [str(it.outcome) for it in again.rows] == ["unchanged"]
    assert Invitation.objects.count() == Message.objects.count() == 1


def test_nobody_is_invited_without_emails(open_edition, organiser):
    run(open_edition, [row(2, email="olga@olot.example")], organiser, tells=False)

    assert Delegation.objects.get().coordinator_email == "olga@olot.example"
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


def test_what_differs_is_changed_and_shown_and_empty_cells_change_nothing(delegation, organiser):
    rows = [row(2, "girona", country="", quota="7", email="new@girona.example")]

    (planned,) = run(delegation.edition, rows, organiser).rows

    assert [(it.before, it.after) for it in planned.changes] == [("3", "7"), ("–", "new@girona.example")]
    delegation.refresh_from_db()
    assert (delegation.quota, delegation.coordinator_email) == (7, "new@girona.example")
    assert delegation.email_domains == ["girona.example"]
    assert Invitation.objects.get().email == "new@girona.example"


def test_the_name_of_the_coordinator_is_kept_until_they_are_invited(open_edition, organiser):
    listed = row(2, coordinator="Olga Oliva", email="olga@olot.example")
    run(open_edition, [listed], organiser, tells=False)
    run(open_edition, [row(2, quota="4")], organiser, tells=False)

    (invitation,) = invite_coordinators(delegations=Delegation.objects.all(), by=organiser)

    assert (invitation.name, invitation.email) == ("Olga Oliva", "olga@olot.example")


def test_another_address_does_not_get_the_name_of_the_one_before(open_edition, organiser):
    run(open_edition, [row(2, coordinator="Olga Oliva", email="olga@olot.example")], organiser, tells=False)

    run(open_edition, [row(2, email="new@olot.example")], organiser, tells=False)

    delegation = Delegation.objects.get()
    assert (delegation.coordinator_name, delegation.coordinator_email) == ("", "new@olot.example")


def test_a_city_with_a_coordinator_is_not_asked_again(delegation, coordinator, organiser):
    (planned,) = run(delegation.edition, [row(2, "Girona", email="new@girona.example")], organiser).rows

    assert planned.why
    assert not Invitation.objects.exists()


def test_a_name_without_an_address_is_remarked_upon(open_edition, organiser):
    (planned,) = run(open_edition, [row(2, coordinator="Olga Oliva")], organiser).rows

    assert planned.why
    assert not Invitation.objects.exists()


def test_a_city_of_the_same_name_in_another_country_is_remarked_upon(delegation, organiser):
    same, other = plan_cities(delegation.edition, [row(2, "Girona"), row(3, "Girona", country="fr")]).rows

    assert (same.why, str(other.outcome)) == ("", "added")
    assert other.why


def test_a_city_of_another_edition_is_not_made_twice(open_edition, organiser):
    olot = CityFactory(name="Olot")
    DelegationFactory(city=olot, edition=EditionFactory(), quota=9)

    run(open_edition, [row(2, "OLOT", country="")], organiser)

    assert City.objects.get() == olot
    assert Delegation.objects.get(edition=open_edition).quota == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"city": ""},
        {"city": "=1+1"},
        {"city": "x" * 121},
        {"country": ""},
        {"country": "ZZ"},
        {"country": "Spainn"},
        {"quota": "0"},
        {"quota": "-1"},
        {"quota": "many"},
        {"quota": "2.5"},
        {"quota": "99999"},
        {"quota": "9" * 200},
        {"email": "nobody"},
        {"domains": "gmail.com"},
        {"domains": "nonsense"},
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_left_out(open_edition, organiser, wrong):
    plan = run(open_edition, [row(2, **wrong), row(3, "Vic")], organiser)

    assert [str(it.outcome) for it in plan.rows] == ["refused", "added"]
    assert plan.rows[0].why
    assert Delegation.objects.get().city.name == "Vic"


def test_a_quota_below_the_number_of_people_registered_is_refused(delegation):
    ParticipantFactory.create_batch(2, delegation=delegation)

    assert outcomes(delegation.edition, [row(2, "Girona", quota="1")]) == ["refused"]
    assert outcomes(delegation.edition, [row(2, "Girona", quota="2")]) == ["changed"]


def test_a_city_stands_in_a_list_once(open_edition):
    assert outcomes(open_edition, [row(2), row(3, "OLOT")]) == ["added", "refused"]
    assert outcomes(open_edition, [row(2), row(3, country="fr")]) == ["added", "added"]


@pytest.mark.parametrize(("typed", "stored"), [("fr", "FR"), ("UK", "GB"), ("el", "GR"), ("Frankreich", "FR")])
def test_a_country_is_taken_as_people_type_it(open_edition, organiser, typed, stored):
    run(open_edition, [row(2, country=typed)], organiser)

    assert City.objects.get().country == stored


@pytest.mark.parametrize(
    ("typed", "name", "country"),
    [
        ("Olot (Spain)", "Olot", "ES"),
        ("Halle (Saale) (Alemanya)", "Halle (Saale)", "DE"),
        ("Olot ( es )", "Olot", "ES"),
    ],
)
def test_the_country_may_be_in_brackets_behind_the_city(open_edition, organiser, typed, name, country):
    run(open_edition, [row(2, typed, country="")], organiser)

    city = City.objects.get()
    assert (city.name, city.country) == (name, country)


@pytest.mark.parametrize(("city", "country"), [("Olot (Spain)", "Spain"), ("Olot (ES)", "es"), ("Olot", "ES")])
def test_a_country_given_twice_makes_no_second_city(open_edition, organiser, city, country):
    run(open_edition, [row(2, "Olot", country="ES")], organiser)

    run(open_edition, [row(2, city, country=country)], organiser)

    assert list(City.objects.filter(name__startswith="Olot").values_list("name", "country")) == [("Olot", "ES")]


def test_two_countries_are_refused(open_edition):
    (planned,) = plan_cities(open_edition, [row(2, "Olot (Spain)", country="FR")]).rows

    assert planned.why == "“Olot (Spain)” and the country “FR” contradict each other. Correct one of them."


def test_brackets_without_a_country_belong_to_the_name(open_edition, organiser):
    run(open_edition, [row(2, "Halle (Saale)", country="Germany")], organiser)

    city = City.objects.get()
    assert (city.name, city.country) == ("Halle (Saale)", "DE")


@pytest.mark.parametrize(("city", "country"), [("Olot", "Spainn"), ("Olot (ZZ)", "")])
def test_an_unknown_country_is_refused_as_it_was_typed(open_edition, city, country):
    (planned,) = plan_cities(open_edition, [row(2, city, country=country)]).rows

    typed = country or "ZZ"
    assert planned.why == (
        f"“{typed}” is not a country we know. Enter its name or its two letters, for example Spain or ES."
    )


def test_a_plan_that_is_no_longer_true_is_not_carried_out(delegation, organiser):
    rows = [row(2, "Girona", quota="7"), row(3)]
    agreed_to = plan_cities(delegation.edition, rows).token
    delegation.quota = 5
    delegation.save()

    with pytest.raises(NotAsReadError):
        import_cities(edition=delegation.edition, rows=rows, agreed_to=agreed_to, by=organiser)

    assert Delegation.objects.get().quota == 5


def test_if_nobody_can_be_invited_nothing_is_imported(organiser):
    edition = EditionFactory(is_published=False)

    with refused("registration_not_planned"):
        run(edition, [row(2, email="olga@olot.example")], organiser)


def test_a_long_list_is_planned_in_as_many_queries_as_a_short_one(open_edition, django_assert_num_queries):
    for n in (1, 30):
        DelegationFactory.create_batch(n, edition=open_edition)
        with django_assert_num_queries(3):
            plan_cities(open_edition, [row(k, f"Town {k}") for k in range(n)])


def test_a_raised_quota_serves_the_waiting_list_as_announced(delegation, organiser):
    ParticipantFactory.create_batch(3, delegation=delegation)
    people = [ParticipantFactory(delegation=delegation, state="waiting", waiting_number=n) for n in (1, 2, 3)]
    rows = [row(2, "Girona", quota="5")]

    (planned,) = plan_cities(delegation.edition, rows).rows
    assert planned.why == "2 people move up from the waiting list and get an email each."
    run(delegation.edition, rows, organiser)
    run(delegation.edition, rows, organiser)

    for person in people:
        person.refresh_from_db()
    assert [it.state for it in people] == ["registered", "registered", "waiting"]
    assert Message.objects.filter(kind="quota_promoted").count() == 2
