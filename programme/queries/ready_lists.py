"""Lists that organisers hand to others: the caterer, the venue, the Expo, the photographer. Only registered participants."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.calendars.files import absolute
from programme.models import Edition, Participant, Question
from programme.queries.answers import answers_to
from programme.queries.coming import asking_edition, coming_of, without_answer
from programme.queries.in_person_days import DAY, InPersonDay, days_among, sessions_in_person, span_of
from programme.queries.questions import possible_answers
from programme.rules.files import file_in
from programme.rules.local_times import LAST_MOMENT
from programme.rules.questions import Answer
from udtacademy.tables.writing import Row

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class ReadyList:
    """The columns and rows of a list. `counts`: what the rows add up to, with what each counts."""

    columns: Sequence[str]
    rows: Sequence[Row]
    counts: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class ReadyListKind:
    """A list that can be asked for. `about`: a sentence; `empty`: what to show without rows. Who may read it: PERMISSION."""

    name: str
    label: Any
    about: Any
    empty: Any
    read: Callable[[Edition], ReadyList]


def registered_people(edition: Edition) -> Sequence[Participant]:
    """Return the registered participants by city and name, with the seats they hold. One query."""
    people = Participant.objects.registered().filter(edition=edition).with_people().with_held_seats()
    return list(people.select_related("coming_answer").order_by("delegation__city__name", "user__name", "pk"))


def coming_people(edition: Edition) -> tuple[list[InPersonDay], list[Participant]]:
    """Return the days in person, and the registered participants who have not said that they do not come. Two queries."""
    sessions = sessions_in_person(edition)
    span = span_of(edition, sessions)
    people = [it for it in registered_people(edition) if coming_of(it, span) is not False]
    return days_among(sessions), people


def catering(edition: Edition) -> ReadyList:
    """Return how many people are expected on each day, and how many of them state each need. Nobody is named."""
    days, people = coming_people(edition)
    expected: Counter[dt.date] = Counter()
    of_need: dict[str, Counter[dt.date]] = {}
    written: dict[str, str] = {}  # a need as it was first written
    for person in people:
        need = " ".join(person.dietary_needs.split()).rstrip(".")
        written.setdefault(need.casefold(), need)
        there = [it.day for it in days if it.expects(person)]
        expected.update(there)
        of_need.setdefault(need.casefold(), Counter()).update(there)
    none = of_need.pop("", Counter())
    needs = sorted(of_need.items(), key=lambda it: (-max(it[1].values(), default=0), it[0]))
    counts = [(_("Everybody"), expected), (_("No need stated"), none), *((written[key], n) for key, n in needs)]
    rows = [[label, *(n[it.day] for it in days)] for label, n in counts]
    return ReadyList([_("Dietary need"), *(it.label for it in days)], rows if days else [])


def access_needs(edition: Edition) -> ReadyList:
    """Return who states which accessibility needs, and on which days they are expected."""
    days, people = coming_people(edition)
    rows = [
        [str(person), str(person.delegation), person.accessibility_needs, *(it.expects(person) for it in days)]
        for person in people
        if person.accessibility_needs
    ]
    return ReadyList([_("Name"), _("City"), _("Accessibility needs"), *(it.label for it in days)], rows)


def expo_passes(edition: Edition) -> ReadyList:
    """Return everybody with the state of their pass for the Expo, and how many there are of each state."""
    people = registered_people(edition)
    rows = [
        [str(person), person.user.email, str(person.delegation), person.job_title, person.get_expo_pass_display()]
        for person in people
    ]
    states = Counter(person.expo_pass for person in people)
    counts = [(str(state.label), states[state.value]) for state in Participant.ExpoPass]
    return ReadyList([_("Name"), _("Email address"), _("City"), _("Job title"), _("Expo pass")], rows, counts)


def photo_consent(edition: Edition) -> ReadyList:
    """Return who may be photographed: first those who may not, then those who have not answered."""
    answers = {False: _("no"), None: _("not answered"), True: _("yes")}
    order = list(answers)
    people = sorted(registered_people(edition), key=lambda it: order.index(it.photo_consent))
    rows = [[str(person), str(person.delegation), answers[person.photo_consent]] for person in people]
    given = Counter(person.photo_consent for person in people)
    counts = [(label, given[answer]) for answer, label in answers.items()]
    return ReadyList([_("Name"), _("City"), _("May be photographed")], rows, counts)


def arrivals(edition: Edition) -> ReadyList:
    """Return who arrives and leaves when: by arrival, then who has only said when they leave, then the others.

    Counts the arrivals of each day, and who has said nothing.
    """
    _days, coming = coming_people(edition)
    people = sorted(
        coming,
        key=lambda it: (it.arrives_at is None, it.arrives_at or it.leaves_at or LAST_MOMENT),
    )
    rows = [[str(person), str(person.delegation), person.arrives_at, person.leaves_at] for person in people]
    days = Counter(it.arrives_at.astimezone(edition.zone).date() for it in people if it.arrives_at)
    counts = [(_("arrivals on %(day)s") % {"day": date_format(day, DAY)}, n) for day, n in days.items()]
    counts.append((_("have not said"), sum(not (it.arrives_at or it.leaves_at) for it in people)))
    zone = {"zone": edition.time_zone}
    columns = [_("Name"), _("City"), _("Arrival (%(zone)s)") % zone, _("Departure (%(zone)s)") % zone]
    return ReadyList(columns, rows, counts)


def not_answered(edition: Edition) -> ReadyList:
    """Return who has not said whether they still come, once people are asked, and when they were asked and reminded."""
    asking, now = asking_edition(edition), timezone.now()
    people = (
        without_answer(asking).with_people() if asking and now >= asking.rule.asks_at else Participant.objects.none()
    )
    rows = [
        [str(it), it.user.email, str(it.delegation), it.asked_at, it.reminded_at]  # type: ignore[attr-defined]
        for it in people.order_by("delegation__city__name", "user__name", "pk")
    ]
    zone = {"zone": edition.time_zone}
    asked, reminded = _("Asked (%(zone)s)") % zone, _("Reminded (%(zone)s)") % zone
    return ReadyList([_("Name"), _("Email address"), _("City"), asked, reminded], rows)


def not_coming(edition: Edition) -> ReadyList:
    """Return who has said that they do not come to the days in person as they are now."""
    span = span_of(edition, sessions_in_person(edition))
    people = [it for it in registered_people(edition) if coming_of(it, span) is False]
    rows = [[str(it), it.user.email, str(it.delegation), it.coming_answer.answered_at] for it in people]
    answered = _("Answered (%(zone)s)") % {"zone": edition.time_zone}
    return ReadyList([_("Name"), _("Email address"), _("City"), answered], rows)


def own_answers(edition: Edition) -> ReadyList:
    """Return everybody with their answers to the own questions that are shown in lists, and how many gave which choice.

    Files by name and link: only organisers can open them.
    """
    listed = Q(is_on_lists=True) | Q(kind=Question.Kind.FILE)
    questions = list(edition.questions.own().filter(listed).in_order())
    people = registered_people(edition)
    answers = answers_to(questions)
    rows: list[Row] = [
        [
            str(person),
            person.user.email,
            str(person.delegation),
            *(cell_of(it, answers.get((person.pk, it.pk)), edition) for it in questions),
        ]
        for person in people
    ]
    counts = [count for it in questions for count in counts_of(it, [answers.get((one.pk, it.pk)) for one in people])]
    columns = [_("Name"), _("Email address"), _("City"), *map(str, questions)]
    return ReadyList(columns, rows if questions else [], counts)


def cell_of(question: Question, answer: Answer, edition: Edition) -> Any:
    file = file_in(answer) if question.has_file else None
    if file is None:
        return question.as_cell(answer)
    path = reverse("programme-staff:person-file", args=[edition.slug, file.token])
    return f"{file.name} {absolute(path)}"


def counts_of(question: Question, contents: Sequence[Answer]) -> list[tuple[str, int]]:
    """Return how many gave each of the answers that can be counted, with the question."""
    chosen = Counter(key for it in contents for key in ([it] if isinstance(it, str) else it or []))
    return [
        (_("%(question)s %(answer)s") % {"question": question, "answer": label}, chosen[key])
        for key, label in possible_answers(question)
    ]


# The page of a participant shows these answers only to people who may change it.
PERMISSION = "programme.change_participant"
NOBODY = gettext_lazy("Nobody is registered yet.")

READY_LISTS = {
    kind.name: kind
    for kind in (
        ReadyListKind(
            "catering",
            gettext_lazy("Catering"),
            gettext_lazy("How many people are expected on each day, and their dietary needs without names."),
            gettext_lazy("No published session is held in person on a known day."),
            catering,
        ),
        ReadyListKind(
            "access-needs",
            gettext_lazy("Accessibility needs"),
            gettext_lazy("Who needs what, and on which days. Give it only to people who make the arrangements."),
            gettext_lazy("Nobody has stated a need."),
            access_needs,
        ),
        ReadyListKind(
            "expo-passes",
            gettext_lazy("Expo passes"),
            gettext_lazy("Who wants a pass for the Expo, and who has one."),
            NOBODY,
            expo_passes,
        ),
        ReadyListKind(
            "photo-consent",
            gettext_lazy("Photo consent"),
            gettext_lazy("Who may be photographed. Those who said no are first."),
            NOBODY,
            photo_consent,
        ),
        ReadyListKind(
            "arrivals",
            gettext_lazy("Arrivals"),
            gettext_lazy(
                "Who arrives when for the in-person days, and who leaves when. Those who have not said are last."
            ),
            NOBODY,
            arrivals,
        ),
        ReadyListKind(
            "answers",
            gettext_lazy("Answers"),
            gettext_lazy(
                "What people answered to your own questions, those that you show in lists, and links to files."
            ),
            gettext_lazy("No question of your own is shown in lists, or nobody is registered yet."),
            own_answers,
        ),
        ReadyListKind(
            "not-answered",
            gettext_lazy("Has not answered"),
            gettext_lazy("Who has not said whether they still come to the in-person days."),
            gettext_lazy("Everybody has answered, or nobody has been asked yet."),
            not_answered,
        ),
        ReadyListKind(
            "not-coming",
            gettext_lazy("Not coming"),
            gettext_lazy("Who has said that they do not come. Their seats are free; they stay registered."),
            gettext_lazy("Nobody has said that they do not come."),
            not_coming,
        ),
    )
}
