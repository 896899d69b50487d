"""Selections: whom each has, never of another edition, and lists as their pages show them."""

import datetime as dt

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programme.actions.profiles import put_answers
from programme.models import Delegation, Participant, Seat
from programme.placeholders import PLACEHOLDERS
from programme.queries.campaigns import SelectionWords, options_for, recipients_of, texts_for, with_all
from programme.queries.filtered_lists import CITIES, PEOPLE, SEATS
from programme.queries.selections import people_of
from programme.selections import KINDS, NARROWINGS, NoSelectionError, Selection
from tests.factories.attendance import EvidenceFactory
from tests.factories.people import DelegationFactory, MessageFactory, ParticipantFactory, SeatFactory, UserFactory
from tests.factories.programme import EditionFactory, SessionFactory
from tests.factories.questions import QuestionFactory


@pytest.fixture
def girona(delegation, coordinator, tracks):
    """Carme coordinates and holds a seat, Ana waits for one, Bea has chosen nothing; a core session was held yesterday."""
    now = timezone.now()
    SessionFactory(
        edition=delegation.edition,
        slug="held",
        is_core=True,
        status="confirmed",
        starts_at=now - dt.timedelta(hours=26),
        ends_at=now - dt.timedelta(hours=25),
    )
    delegation.quota = 9
    delegation.save()
    session = tracks["governance-morning"]
    ana = ParticipantFactory(delegation=delegation, user__name="Ana", hopes="")
    ParticipantFactory(delegation=delegation, user__name="Bea", photo_consent=True)
    ParticipantFactory(delegation=delegation, user__name="Pau", state="pending")
    ParticipantFactory(delegation=delegation, user__name="Xènia", state="withdrawn")
    SeatFactory(participant=coordinator, session=session)
    SeatFactory(participant=ana, session=session, state="waiting")
    return delegation


def names(edition, key, *only):
    people = people_of(edition, Selection.from_key(key, only), timezone.now())
    return sorted(people.values_list("user__name", flat=True))


CARME, ANA, BEA = "Carme Coll", "Ana", "Bea"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("registered:", [ANA, BEA, CARME]),
        ("coordinators:", [CARME]),
        ("no-track:", [BEA]),
        ("no-seat:", [ANA, BEA, CARME]),
        ("pending:", ["Pau"]),
        ("waiting:", []),
        ("city:{city}", [ANA, BEA, CARME]),
        ("seat:{session}", [CARME]),
        ("seat-waiting:{session}", [ANA]),
        ("unanswered:profile", [ANA]),
        ("unanswered:photos", [ANA, CARME]),
        ("unanswered:coming", [CARME]),
        ("people:state__exact=pending", ["Pau"]),
        ("people:q=xènia", ["Xènia"]),
        ("cities:q=gir", [ANA, BEA, CARME]),
        ("cities:lacks=coordinator", []),
        ("seats:state__exact=held", [CARME]),
        ("standing:at_risk", [ANA, BEA, CARME]),
        ("standing:not_met", []),
        ("missed:{core}", [ANA, BEA, CARME]),
        ("board:city={city}&standing=at_risk", [ANA, BEA, CARME]),
        ("board:only=core&undecided=1", []),
    ],
)
def test_whom_each_selection_has(girona, tracks, key, expected):
    edition = girona.edition
    numbers = {
        "city": girona.pk,
        "session": tracks["governance-morning"].pk,
        "core": edition.sessions.get(slug="held").pk,
    }

    assert names(edition, key.format(**numbers)) == expected


def test_only_who_is_asked_and_must_answer_has_not_answered(girona):
    """As the to-do: by the answer to another question, from a day on, and while it is asked."""
    edition = girona.edition
    expo = QuestionFactory(edition=edition, kind="yes_no")
    Participant.objects.filter(user__name=BEA).update(hopes="")
    put_answers(edition.participants.get(user__name=BEA), {expo: "yes"})
    questions = edition.questions.filter(key__in=["hopes", "photo_consent"])
    tomorrow = timezone.localdate(timezone.now(), edition.zone) + dt.timedelta(days=1)
    usual = {"is_required": True, "required_from": None, "is_retired": False}
    usual |= {"asked_of": "everybody", "depends_on": None, "depends_answers": []}

    def lacking(**changes):
        questions.update(**usual | changes)
        return [names(edition, f"unanswered:{it}") for it in ("profile", "photos")]

    assert lacking() == [[ANA, BEA], [ANA, CARME]]
    assert lacking(asked_of="coordinators") == [[], [CARME]]
    assert lacking(asked_of="answer", depends_on=expo, depends_answers=["yes"]) == [[BEA], []]
    assert lacking(required_from=tomorrow) == [[], []]
    assert lacking(is_required=False) == [[], []]
    assert lacking(is_retired=True) == [[], []]


def test_narrowings_leave_those_to_whom_they_apply(girona):
    edition, by, old = girona.edition, UserFactory(), timezone.now() - dt.timedelta(days=8)
    person = {it.user.name: it.user for it in girona.participants.select_related("user")}
    MessageFactory(context=edition, user=person[ANA], sent_by=by)
    MessageFactory(context=edition, user=person[BEA], sent_by=by, created_at=old)
    MessageFactory(context=edition, user=person[BEA], kind="reminder")
    MessageFactory(context=EditionFactory(), user=person[CARME], sent_by=by)

    assert names(edition, "registered:", "unwritten") == [BEA, CARME]
    assert names(edition, "standing:at_risk", "unwritten", "coordinators") == [CARME]


@pytest.mark.parametrize(
    "key",
    [
        *("", "nothing:", "registered:1", "city:", "city:x", "city:{city}", "seat:{session}", "seat:9" * 9),
        *("unanswered:password", "standing:met", "missed:{session}", "people:password=x", "people:state__in=a"),
        *("people:question=x", "people:question=9-no"),
        *("people:delegation__city__id__exact=x", "people:user__email__startswith=a", "cities:city=1", "seats:x=1"),
        "cities:city__country=%00",
    ],
)
def test_what_means_nothing_or_is_of_another_edition_is_refused(girona, tracks, key):
    other = EditionFactory()
    key = key.format(city=girona.pk, session=tracks["governance-morning"].pk)

    with pytest.raises(NoSelectionError):
        people_of(other, Selection.from_key(key), timezone.now())


def test_no_selection_has_anybody_of_another_edition(girona, organiser):
    """Each kind with each of its options, and lists without filters, in an edition with nobody."""
    other = EditionFactory()
    keys = [key for _label, options in options_for(organiser, girona.edition) for key, _option in options]
    keys += [f"{name}:" for name, kind in KINDS.items() if kind.in_words]

    assert len(keys) > 20
    for key in keys:
        selection = Selection.from_key(key)
        try:
            assert not people_of(other, selection, timezone.now()).exists(), key
        except NoSelectionError:
            assert selection.value, key
        assert SelectionWords(girona.edition).of(selection), key
        recipients_of(girona.edition, selection, timezone.now())


LISTS = [(Participant, "participants", PEOPLE), (Delegation, "delegations", CITIES), (Seat, "seat-list", SEATS)]


@pytest.mark.parametrize(("model", "page", "shown"), LISTS)
def test_a_filtered_list_has_the_rows_of_its_page(client, organiser, girona, model, page, shown):
    """For each choice of each filter, and searches with quotation marks, two words, and an address in capitals."""
    client.force_login(organiser)
    url, now = f"/admin/editions/academy/{PAGES[page]}", timezone.now()
    first = client.get(url).context["cl"]
    choices = [it["query_string"] for spec in first.filter_specs for it in spec.choices(first)]
    searches = ["q=ana", "q=Carme+girona", 'q="Carme+Coll"', "q=CARME%40GIRONA.example", "q=%27x", "q=a%00na", "q=+"]
    rows = {
        Participant: girona.edition.participants,
        Delegation: girona.edition.delegations,
        Seat: girona.edition.seats,
    }

    for query in [*(it.lstrip("?") for it in choices), *searches, f"{choices[1].lstrip('?')}&q=a&o=1&p=1"]:
        listed = client.get(f"{url}?{query}")
        if listed.status_code != 200:
            continue  # a NUL
        expected = set(listed.context["cl"].queryset.values_list("pk", flat=True))
        assert set(shown.rows(rows[model].all(), query, now).values_list("pk", flat=True)) == expected, query


PAGES = {"participants": "people/", "delegations": "people/cities/", "seat-list": "seats/all/"}


@pytest.mark.parametrize(("model", "page", "shown"), LISTS)
def test_a_filtered_list_knows_each_filter_and_each_searched_field_of_its_page(rf, organiser, model, page, shown):
    request = RequestFactory().get("/")
    request.user = organiser
    model_admin = admin.site.get_model_admin(model)

    lookups = {it for it in model_admin.lookups(request) if not it.endswith("__isnull") and "edition" not in it}
    assert shown.filters.keys() == lookups
    assert shown.searched == model_admin.search_fields


def test_values_come_from_nobodys_rows_but_the_readers(girona, tracks):
    """Each placeholder for each reader, alone and among the others, by as many statements for one as for all."""
    edition, now = girona.edition, timezone.now()
    EvidenceFactory(participant=girona.coordinator(), session=edition.sessions.get(slug="held"))
    text = "\n".join(f"{name}: {{{name}}}" for name in PLACEHOLDERS)
    people = list(with_all(edition.participants.registered()))
    ParticipantFactory(delegation=DelegationFactory(edition=edition), user__name="Zoe Zurich")

    with CaptureQueriesContext(connection) as for_all:
        together = texts_for(edition, "x", text, people, now)

    for person in people:
        with CaptureQueriesContext(connection) as for_one:
            assert texts_for(edition, "x", text, [person], now) == {person.pk: together[person.pk]}
        assert len(for_one) == len(for_all)
        others = {it.user.name for it in people if it != person} | {"Zoe"}
        assert not [name for name in others if name in together[person.pk].text]
        assert f"name: {person.user.name}" in together[person.pk].text
    assert {name: it.label for name, it in NARROWINGS.items()}.keys() == {"coordinators", "unwritten"}


def test_own_questions_select_who_has_not_answered_or_gave_an_answer(girona):
    edition = girona.edition
    ana = Participant.objects.get(user__name="Ana")
    shirt = QuestionFactory(edition=edition, kind="yes_no")
    size = QuestionFactory(
        edition=edition, kind="choices", asked_of="answer", depends_on=shirt, depends_answers=["yes"]
    )
    secret = QuestionFactory(edition=edition, kind="yes_no", privacy="sensitive", kept_days=1)
    put_answers(ana, {shirt: "yes", size: ["red", "blue"], secret: "yes"})
    put_answers(Participant.objects.get(user__name="Bea"), {shirt: "yes", size: None})

    assert names(edition, f"unanswered:question-{shirt.pk}") == [CARME]
    assert names(edition, f"unanswered:question-{size.pk}") == []  # Bea left it empty, which ends her to-do
    type(size).objects.filter(pk=size.pk).update(is_required=True)
    assert names(edition, f"unanswered:question-{size.pk}") == [BEA]
    assert names(edition, f"unanswered:question-{secret.pk}") == [BEA, CARME]
    assert names(edition, f"answered:{shirt.pk}=yes") == [ANA, BEA]
    assert names(edition, f"answered:{size.pk}=blue") == [ANA]
    assert f"{secret.pk}=yes" not in dict(KINDS["answered"].options(edition))
    for key in (f"answered:{secret.pk}=yes", f"answered:{size.pk}=grey", "answered:x", "unanswered:question-0"):
        with pytest.raises(NoSelectionError):
            names(edition, key)
    with pytest.raises(NoSelectionError):
        names(EditionFactory(), f"answered:{shirt.pk}=yes")
