"""A participant's to-dos. Add another kind as a function in KINDS, or from another app in `panels.TODOS`."""

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme import panels
from programme.formats import days_between, titles
from programme.models import Edition, Participant, Question
from programme.panels import Todo
from programme.queries.action_plans import OwnStep, plan_todos
from programme.queries.coming import OwnQuestion
from programme.queries.in_person_days import is_in_person
from programme.queries.seat_choices import SlotChoice
from programme.rules.questions import field_name
from programme.rules.windows import Window
from udtacademy.time_zones import zone_name

MOST_NAMED = 3  # questions in a to-do


def complete_profile(edition: Edition, unanswered: Sequence[Question], now: dt.datetime) -> Todo | None:
    """Return a to-do while they have questions to answer in their profile. It leads to the first, those that must be answered first.

    It names each of them, and some of the others.
    """
    if not unanswered:
        return None
    today = timezone.localdate(now, edition.zone)
    required = [it for it in unanswered if it.rule.is_required_on(today)]
    optional = [it for it in unanswered if it not in required]
    names = [str(it) for it in optional[:MOST_NAMED]]
    if len(optional) > MOST_NAMED:
        n = len(optional) - MOST_NAMED
        names.append(ngettext("%(n)s more", "%(n)s more", n) % {"n": n})
    texts = []
    if required:
        texts.append(_("You must still answer: %(questions)s") % {"questions": "; ".join(map(str, required))})
    if optional:
        texts.append(_("Not answered yet, optional: %(questions)s") % {"questions": "; ".join(names)})
    first = field_name((required or optional)[0].key)
    url = reverse("programme:profile", args=[edition.slug])
    return Todo(_("Complete your profile"), " · ".join(texts), f"{url}#id_{first}")


def answer_about_colleagues(edition: Edition, colleagues: Sequence[Participant]) -> Todo | None:
    """Return a to-do for a coordinator while there are questions to answer about people of their city."""
    if not colleagues:
        return None
    names = ", ".join(str(it) for it in colleagues[:MOST_NAMED])
    text = ngettext(
        "The organisers ask something about %(names)s.",
        "The organisers ask something about %(n)s people of your team: %(names)s and others.",
        len(colleagues) if len(colleagues) > MOST_NAMED else 1,
    )
    url = reverse("programme:team-answers", args=[edition.slug, colleagues[0].pk])
    return Todo(_("Answer questions about your team"), text % {"names": names, "n": len(colleagues)}, url)


def choose_tracks(participant: Participant, choices: Sequence[SlotChoice], now: dt.datetime) -> Todo | None:
    """Return a to-do for slots to come in which they neither hold a seat nor wait; before choosing opens, to read about them.

    They may have chosen nothing, lost the seat with its session, or want none.
    """
    edition = participant.edition
    n = sum(not choice.chosen and choice.slot.starts_at > now for choice in choices)
    if not n:
        return None
    url = reverse("programme:tracks", args=[edition.slug])
    window = edition.choice_window(now)
    if window is Window.OPEN:
        text = ngettext(
            "You have no seat at %(n)s time with parallel sessions.",
            "You have no seat at %(n)s times with parallel sessions.",
            n,
        ) % {"n": n}
        if edition.choice_closes_at:
            text += " " + _("You can choose until %(time)s.") % {
                "time": format_moment(edition.choice_closes_at, edition)
            }
        return Todo(_("Choose your tracks"), text, url)
    if window is Window.OVER:
        text = _("You have no seat in some parallel sessions and can no longer choose. Write to the organisers.")
        return Todo(_("You have no seat in some sessions"), text, url)
    opens = edition.choice_opens_at
    if opens:
        text = _("Read about the parallel sessions. You can choose from %(time)s.") % {
            "time": format_moment(opens, edition)
        }
    else:
        text = _("Read about the parallel sessions. You cannot choose tracks yet.")
    return Todo(_("Think about your tracks"), text, url)


def take_an_offered_seat(participant: Participant, choices: Sequence[SlotChoice], now: dt.datetime) -> Todo | None:
    """Return a to-do for seats offered to them, first come, first served."""
    waited_for = {option.session: option for choice in choices for option in choice.waited_for}
    offered = [session for session, option in waited_for.items() if option.is_offered(now)]
    if not offered:
        return None
    return Todo(
        _("A seat is free: would you like it?"),
        _("You are on the waiting list for %(sessions)s. The first person to take the seat gets it.")
        % {"sessions": titles(offered)},
        reverse("programme:tracks", args=[participant.edition.slug]),
    )


def take_a_seat_meanwhile(participant: Participant, choices: Sequence[SlotChoice], _now: dt.datetime) -> Todo | None:
    """Return a to-do for slots in which they only wait, and so may end up without a seat."""
    waiting = [choice for choice in choices if choice.is_open and choice.waited_for and not choice.held]
    if not waiting:
        return None
    return Todo(
        _("You are on a waiting list and have no seat"),
        _("You may not get a seat. You can take a seat in another session while you wait."),
        reverse("programme:tracks", args=[participant.edition.slug]),
    )


def say_whether_coming(edition: Edition, question: OwnQuestion) -> Todo | None:
    """Return a to-do while they have not answered whether they still come."""
    if not question.waits_for_answer:
        return None
    values = {
        "days": days_between(question.rule.days.first_on, question.rule.days.last_on),
        "time": format_moment(question.rule.ends_at, edition),
    }
    return Todo(
        _("Are you still coming?"),
        _("Tell us whether you come on %(days)s. You can answer until %(time)s.") % values,
        reverse("programme:coming", args=[edition.slug]),
    )


def format_moment(instant: dt.datetime, edition: Edition) -> str:
    """Format in the edition's zone: "Thursday 6 November 2025, 18:00 CET"."""
    local = timezone.localtime(instant, edition.zone)
    return f"{date_format(local, 'l j F Y, H:i')} {zone_name(local)}"


KINDS = (choose_tracks, take_a_seat_meanwhile)


def todos_of(
    participant: Participant,
    choices: Sequence[SlotChoice],
    now: dt.datetime,
    question: OwnQuestion | None = None,
    *,
    unanswered: Sequence[Question] = (),
    colleagues: Sequence[Participant] = (),
    steps: Sequence[OwnStep] = (),
) -> list[Todo]:
    """Return a registered participant's to-dos, the most urgent first, then those of other apps.

    `choices`: the slots of the edition; those in person are left out for somebody who does not come. `question`: whether they do.
    `unanswered`: questions to answer in their profile; `colleagues`: about whom they have questions to answer.
    `steps`: of the Action Plan of their city.
    """
    coming = say_whether_coming(participant.edition, question) if question else None
    if question and question.is_coming is False:
        choices = [it for it in choices if not all(is_in_person(session) for session in it.slot.sessions)]
    todos = [
        coming,
        take_an_offered_seat(participant, choices, now),
        complete_profile(participant.edition, unanswered, now),
        *plan_todos(participant, steps, now),
    ]
    todos += [kind(participant, choices, now) for kind in KINDS]
    todos.append(answer_about_colleagues(participant.edition, colleagues))
    todos += [kind(participant, now) for kind in panels.TODOS]
    return [todo for todo in todos if todo]
