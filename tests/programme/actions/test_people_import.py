import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from programme.actions.people_import import import_people
from programme.actions.session_changes import follow_changes
from programme.emails import programme_of, written_alike, written_to
from programme.errors import DelegationFullError, NotAsReadError
from programme.imports.labels import Column
from programme.imports.reading import ListRow
from programme.models import Announcement, Participant, StaffAssignment
from programme.queries.announcements import differences_in
from programme.queries.people_import import plan_people
from tests.factories.people import DelegationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db


def coming_session(edition):
    starts_at = timezone.now() + dt.timedelta(days=7)
    return SessionFactory(edition=edition, is_core=True, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))


def row(number, *, city="Girona", name="Ana Anaya", email="ana@girona.example", title="", country=""):
    texts = (city, country, name, email, title)
    columns = (Column.CITY, Column.COUNTRY, Column.NAME, Column.EMAIL, Column.JOB_TITLE)
    return ListRow(number, {column: text for column, text in zip(columns, texts, strict=True) if text})


def outcomes(edition, rows):
    return [str(it.outcome) for it in plan_people(edition, rows, User(is_superuser=True)).rows]


def run(edition, rows, by, **more):
    return import_people(edition=edition, rows=rows, agreed_to=plan_people(edition, rows, by).token, by=by, **more)


def test_people_are_registered_by_the_organiser_with_an_account_and_an_email_each(delegation, organiser):
    edition = delegation.edition
    session = coming_session(edition)
    rows = [row(2, title="Planner"), row(3, name="Bo Bru", email="Bo@Girona.Example")]

    run(edition, rows, organiser)

    ana, bo = Participant.objects.order_by("user__email")
    assert (ana.user.name, ana.job_title, ana.state, ana.state_by) == ("Ana Anaya", "Planner", "registered", organiser)
    assert bo.user.email == "bo@girona.example"
    assert not bo.user.has_usable_password()
    assert set(Message.objects.values_list("kind", "to")) == {
        ("registered", "ana@girona.example"),
        ("registered", "bo@girona.example"),
    }
    assert set(Announcement.objects.values_list("participant", "session")) == {
        (ana.pk, session.pk),
        (bo.pk, session.pk),
    }
    assert ana.events.get().pgh_context.metadata["user"] == organiser.pk


def test_each_has_a_calendar_of_their_own(delegation, organiser):
    run(delegation.edition, [row(2), row(3, name="Bo", email="bo@girona.example")], organiser)

    ana, bo = Participant.objects.all()
    assert ana.calendar_token != bo.calendar_token
    assert Participant.objects.of_calendar_token(ana.calendar_token).get() == ana


def test_the_same_list_again_changes_nothing(delegation, organiser):
    rows = [row(2, title="Planner"), row(3, name="Bo", email="bo@girona.example")]
    run(delegation.edition, rows, organiser)

    again = run(delegation.edition, rows, organiser)

    assert [str(it.outcome) for it in again.rows] == ["unchanged", "unchanged"]
    assert Message.objects.count() == 2
    assert Participant.objects.count() == 2


def test_without_emails_nobody_is_told_now_nor_by_a_notice_later(delegation, organiser):
    coming_session(delegation.edition)

    run(delegation.edition, [row(2)], organiser, tells=False)

    assert differences_in(delegation.edition, timezone.now()).news == []
    follow_changes()
    assert Message.objects.count() == 0
    assert Announcement.objects.get().state == "waived"


def test_with_emails_no_notice_follows(delegation, organiser):
    coming_session(delegation.edition)

    run(delegation.edition, [row(2)], organiser)

    assert differences_in(delegation.edition, timezone.now()).news == []


def test_emails_written_at_once_say_the_same_as_those_written_one_by_one(delegation, organiser):
    """In two cities, two time zones, and to somebody without a name."""
    session = coming_session(delegation.edition)
    other = DelegationFactory(edition=delegation.edition, city__name="Lyon", quota=10)
    type(delegation).objects.filter(pk=delegation.pk).update(quota=10)
    names = ["", "Ana", "Bo", "<b>Cai & Söhne</b>", "{{ name }}"]
    people = [
        ParticipantFactory(delegation=city, user__name=name, user__time_zone=zone)
        for city in (delegation, other)
        for name in names
        for zone in ("", "Asia/Tokyo")
    ]
    people = list(Participant.objects.with_people().filter(pk__in=[it.pk for it in people]))

    alike = written_alike("registered", people, has_calendars=True, **programme_of(delegation.edition, [session]))

    one_by_one = [written_to(it, "registered", enters=it.coming_sessions()) for it in people]
    assert [about(it) for it in alike] == [about(it) for it in one_by_one]


def about(message):
    return {name: getattr(message, name) for name in ("subject", "text", "to", "kind", "user", "context", "reply_to")}


def test_what_differs_is_changed_and_shown(delegation, organiser):
    ParticipantFactory(
        delegation=delegation, user__email="ana@girona.example", user__name="Ana Anya", job_title="Trainee"
    )
    rows = [row(2, title="Planner")]

    (planned,) = plan_people(delegation.edition, rows, User(is_superuser=True)).rows
    run(delegation.edition, rows, organiser)

    assert {(it.before, it.after) for it in planned.changes} == {("Ana Anya", "Ana Anaya"), ("Trainee", "Planner")}
    ana = Participant.objects.get()
    assert (ana.user.name, ana.job_title) == ("Ana Anaya", "Planner")
    assert Message.objects.count() == 0  # nothing to tell


def test_an_empty_cell_changes_nothing(delegation):
    ParticipantFactory(delegation=delegation, user__email="ana@girona.example", job_title="Trainee")

    assert outcomes(delegation.edition, [row(2, name="")]) == ["unchanged"]


def test_staff_keep_their_name(delegation, organiser):
    ParticipantFactory(delegation=delegation, user__email="ana@girona.example", user__is_staff=True)

    assert outcomes(delegation.edition, [row(2, name="Somebody Else")]) == ["unchanged"]


def test_somebody_of_another_year_gets_no_second_account(delegation, organiser):
    ana = UserFactory(email="ana@girona.example", name="Ana")
    ParticipantFactory(user=ana, delegation__edition=EditionFactory())

    plan = run(delegation.edition, [row(2)], organiser)

    assert plan.rows[0].changes == ()
    assert Participant.objects.get(edition=delegation.edition).user == ana
    ana.refresh_from_db()
    assert ana.name == "Ana"


@pytest.mark.parametrize("tells", [True, False])
def test_somebody_who_waits_is_approved(delegation, organiser, tells):
    session = coming_session(delegation.edition)
    ParticipantFactory(delegation=delegation, user__email="ana@girona.example", user__name="Ana", state="pending")

    run(delegation.edition, [row(2)], organiser, tells=tells)

    ana = Participant.objects.get()
    assert (ana.state, ana.state_by, ana.user.name) == ("registered", organiser, "Ana Anaya")
    assert ana.announcements.get().session == session
    assert differences_in(delegation.edition, timezone.now()).news == []
    assert list(Message.objects.values_list("kind", flat=True)) == (["approved"] if tells else [])
    assert all("Dear Ana Anaya" in it.text for it in Message.objects.all())


def test_somebody_who_waits_in_another_city_is_moved_and_approved_with_one_email(delegation, organiser):
    olot = DelegationFactory(edition=delegation.edition, city__name="Olot")
    ParticipantFactory(delegation=olot, user__email="ana@girona.example", user__name="Ana Anaya", state="pending")

    run(delegation.edition, [row(2)], organiser)

    ana = Participant.objects.get()
    assert (ana.state, ana.delegation) == ("registered", delegation)
    assert Message.objects.get().kind == "approved"


def test_somebody_in_another_city_is_moved(delegation, organiser):
    olot = DelegationFactory(edition=delegation.edition, city__name="Olot")
    ParticipantFactory(delegation=olot, user__email="ana@girona.example", user__name="Ana Anaya", is_coordinator=True)

    plan = run(delegation.edition, [row(2)], organiser)

    assert [(it.before, it.after) for it in plan.rows[0].changes] == [("Olot (ES)", "Girona (ES)"), ("yes", "no")]
    assert Participant.objects.get().delegation == delegation
    assert Message.objects.get().kind == "moved"


def test_those_who_move_away_make_room_in_the_order_of_the_list(delegation, organiser):
    olot = DelegationFactory(edition=delegation.edition, city__name="Olot")
    delegation.quota = 1
    delegation.save()
    ParticipantFactory(delegation=delegation, user__email="bo@girona.example", user__name="Bo")
    leaves = row(2, city="Olot", name="Bo", email="bo@girona.example")

    assert outcomes(delegation.edition, [row(2), leaves]) == ["refused", "changed"]
    run(delegation.edition, [leaves, row(3)], organiser)

    assert set(Participant.objects.values_list("user__email", "delegation")) == {
        ("ana@girona.example", delegation.pk),
        ("bo@girona.example", olot.pk),
    }


@pytest.mark.parametrize("state", ["declined", "withdrawn"])
def test_a_list_overturns_no_decision(delegation, state):
    ParticipantFactory(delegation=delegation, user__email="ana@girona.example", state=state)

    assert outcomes(delegation.edition, [row(2)]) == ["refused"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"city": "Gotham"},
        {"city": ""},
        {"country": "FR"},
        {"email": "ana"},
        {"email": ""},
        {"email": "ana@localhost"},
        {"name": ""},
        {"name": "www.evil.example"},
        {"name": "=1+1"},
        {"name": "A" * 201},
        {"title": "T" * 121},
        {"title": "…"},
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_left_out(delegation, organiser, wrong):
    rows = [row(2, **wrong), row(3, name="Bo", email="bo@girona.example")]

    plan = run(delegation.edition, rows, organiser)

    assert [str(it.outcome) for it in plan.rows] == ["refused", "added"]
    assert plan.rows[0].why
    assert Participant.objects.get().user.name == "Bo"


def test_a_disabled_account_is_refused(delegation):
    UserFactory(email="ana@girona.example", is_active=False)

    assert outcomes(delegation.edition, [row(2)]) == ["refused"]


def test_of_two_rows_with_one_address_the_first_counts_if_they_say_the_same(delegation):
    assert outcomes(delegation.edition, [row(2), row(3, email="ANA@Girona.Example")]) == ["added", "refused"]
    assert outcomes(delegation.edition, [row(2), row(3, name="Anna", email="ANA@girona.example")]) == ["refused"] * 2


def test_the_quota_refuses_who_is_beyond_it(delegation, organiser):
    ParticipantFactory(delegation=delegation)
    rows = [row(n, name="N", email=f"n{n}@girona.example") for n in range(2, 6)]

    plan = run(delegation.edition, rows, organiser)

    assert [str(it.outcome) for it in plan.rows] == ["added", "added", "refused", "refused"]
    assert delegation.participants.registered().count() == delegation.quota == 3


@pytest.mark.parametrize("city", ["girona", "GIRONA", "Girona (ES)", "Girona (Spain)", "girona (españa)", "Gironà"])
def test_a_city_is_found_as_people_type_its_name(delegation, city):
    assert outcomes(delegation.edition, [row(2, city=city)]) == ["added"]


def test_a_city_in_two_countries_needs_its_country(delegation):
    DelegationFactory(edition=delegation.edition, city__name="Girona", city__country="FR")

    assert outcomes(delegation.edition, [row(2)]) == ["refused"]
    assert outcomes(delegation.edition, [row(2, country="es")]) == ["added"]
    assert outcomes(delegation.edition, [row(2, country="Espagne")]) == ["added"]


def test_an_unknown_country_is_refused_as_it_was_typed(delegation, organiser):
    (planned,) = plan_people(delegation.edition, [row(2, country="Spainn")], organiser).rows

    assert planned.why == (
        "“Spainn” is not a country we know. Enter its name or its two letters, for example Spain or ES."
    )


def test_a_city_of_another_edition_does_not_take_part(delegation, edition):
    assert outcomes(edition, [row(2)]) == ["refused"]


def test_a_plan_that_is_no_longer_true_is_not_carried_out(delegation, organiser):
    rows = [row(2), row(3, name="Bo", email="bo@girona.example")]
    agreed_to = plan_people(delegation.edition, rows, User(is_superuser=True)).token
    delegation.quota = 1
    delegation.save()

    with pytest.raises(NotAsReadError):
        import_people(edition=delegation.edition, rows=rows, agreed_to=agreed_to, by=organiser)

    assert not Participant.objects.exists()
    assert not User.objects.filter(email__endswith="girona.example").exists()


def test_nobody_is_emailed_about_an_edition_that_is_not_published(organiser):
    girona = DelegationFactory(edition=EditionFactory(is_published=False), city__name="Girona")

    with refused("edition_not_published"):
        run(girona.edition, [row(2)], organiser)
    run(girona.edition, [row(2)], organiser, tells=False)

    assert Participant.objects.get().is_registered


def test_a_long_list_is_planned_in_as_many_queries_as_a_short_one(delegation, django_assert_num_queries):
    for n in (1, 30):
        known = ParticipantFactory.create_batch(n, delegation__edition=delegation.edition)
        rows = [row(k, city=it.delegation.city.name, email=it.user.email) for k, it in enumerate(known)]
        with django_assert_num_queries(3):
            plan_people(delegation.edition, rows, User(is_superuser=True))


def test_a_list_renames_nobody_who_also_takes_part_where_its_organiser_does_not_work(delegation):
    other = EditionFactory()
    ana = UserFactory(email="ana@girona.example", name="Ana Anya")
    for city in (delegation, DelegationFactory(edition=other)):
        ParticipantFactory(delegation=city, user=ana)
    limited = UserFactory(is_staff=True)
    assignment = StaffAssignment.objects.create(user=limited)
    assignment.editions.add(delegation.edition)

    (refused,) = plan_people(delegation.edition, [row(2)], limited).rows
    assert str(refused.outcome) == "refused"
    assert "also takes part in an edition that you do not work in" in refused.why
    run(delegation.edition, [row(2, name="")], limited, tells=False)  # without a name it is not about the name
    ana.refresh_from_db()
    assert ana.name == "Ana Anya"

    assignment.editions.add(other)
    run(delegation.edition, [row(2)], limited, tells=False)
    ana.refresh_from_db()
    assert ana.name == "Ana Anaya"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_lists_at_the_same_moment_do_not_exceed_the_quota(delegation, organiser):
    lists = [[row(2, name="N", email=f"{name}{k}@girona.example") for k in range(3)] for name in "abcd"]

    def import_one(rows):
        try:
            run(delegation.edition, rows, organiser, tells=False)
        except (NotAsReadError, DelegationFullError, IntegrityError) as error:
            return type(error)
        return None

    results = in_threads([lambda rows=rows: import_one(rows) for rows in lists])

    assert delegation.participants.registered().count() == 3
    assert results.count(None) >= 1
    assert set(results) <= {None, NotAsReadError}


def reasons(edition, rows):
    return [it.why for it in plan_people(edition, rows, User(is_superuser=True)).rows]


def test_people_on_the_waiting_list_come_before_the_list_and_are_left_to_their_page(delegation, organiser):
    """Row 2 makes room, which is not for row 3."""
    delegation.quota = 2
    delegation.save()
    leaving, _stays = ParticipantFactory.create_batch(2, delegation=delegation)
    first = ParticipantFactory(delegation=delegation, state="waiting", waiting_number=1, user__name="Fia First")
    DelegationFactory(edition=delegation.edition, city__name="Olot")
    rows = [
        row(2, city="Olot", name="Pia Person", email=leaving.user.email),
        row(3),
        row(4, name="Fia First", email=first.user.email),
    ]

    assert outcomes(delegation.edition, rows) == ["changed", "refused", "refused"]
    full, listed = reasons(delegation.edition, rows)[1:]
    assert "quota of Girona" in full
    assert listed.startswith("Fia First is on the waiting list")
    run(delegation.edition, rows, organiser)

    first.refresh_from_db()
    assert first.state == "registered"
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["moved", "quota_promoted"]


def test_once_the_edition_is_over_a_waiting_list_takes_no_room(delegation, organiser):
    ParticipantFactory(delegation=delegation, state="waiting", waiting_number=1)
    edition = delegation.edition
    edition.first_on = edition.last_on = timezone.now().date() - dt.timedelta(days=10)
    edition.save()
    delegation.quota = 1
    delegation.save()
    rows = [row(2), row(3, name="Bo", email="bo@girona.example")]

    assert outcomes(edition, rows) == ["added", "refused"]
    run(edition, rows, organiser)

    assert delegation.participants.registered().get().user.name == "Ana Anaya"


@pytest.mark.parametrize(("quota", "outcome"), [(2, "changed"), (1, "refused")])
def test_who_is_next_and_waits_for_approval_has_the_room_left_for_them(delegation, organiser, quota, outcome):
    ParticipantFactory(delegation=delegation)
    following = ParticipantFactory(delegation=delegation, state="pending", waiting_number=1)
    ParticipantFactory(delegation=delegation, state="waiting", waiting_number=2)
    delegation.quota = quota
    delegation.save()
    rows = [row(2, name="Pia Person", email=following.user.email), row(3)]

    assert outcomes(delegation.edition, rows) == [outcome, "refused"]
    run(delegation.edition, rows, organiser)

    following.refresh_from_db()
    assert (following.state == "registered") is (outcome == "changed")
