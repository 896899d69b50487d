"""Turn a list of who joined and left, and when, into the intervals in which each person was there.

Pure: no clock, no database. Microsoft Teams writes such lists. They do not say which joining a leaving belongs to, and
most people have no leaving at all, so presence follows from what the events prove, not from their numbers.
"""

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from attendance.meeting_reports.reading.report import Interval

RESTART = dt.timedelta(minutes=1)  # joining twice within this is a restart of the application


@dataclass(frozen=True)
class Event:
    """One line of a list of events. `connection`: the connection it is about, if the file says so."""

    line: int
    at: dt.datetime
    is_joining: bool
    connection: str = ""


@dataclass
class Stays:
    """What the events of one person prove.

    `intervals`: by the line that begins or proves each. `unended`: joinings after which there is no event. `unclear`:
    the lines from which nothing follows. `has_silent_end`: they joined again much later without having left, and left
    only once, so the first connection may have lasted longer.
    """

    intervals: dict[int, Interval] = field(default_factory=dict)
    unended: list[Event] = field(default_factory=list)
    unclear: list[int] = field(default_factory=list)
    has_silent_end: bool = False


def stays_of(events: Iterable[Event]) -> Stays:
    """Pair each leaving with the latest open joining of its connection; what is left over lasts until the next event.

    A second device that joins and leaves is inside the first one's stay. A joining without a leaving (a restart) lasts
    until the next event. A leaving without a joining proves presence since the event before it.
    """
    ordered = sorted(events, key=lambda it: it.at)
    moments = sorted({it.at for it in ordered})
    pairs, joinings, leavings = paired(ordered)
    stays = Stays()
    for joining, leaving in pairs:
        if joining.at < leaving.at:
            stays.intervals[joining.line] = joining.at, leaving.at
    for event in leavings:
        index = bisect_left(moments, event.at)
        if index:
            stays.intervals[event.line] = moments[index - 1], event.at
        else:
            stays.unclear.append(event.line)
    for event in joinings:
        index = bisect_right(moments, event.at)
        if index == len(moments):
            stays.unended.append(event)
        else:
            stays.intervals[event.line] = event.at, moments[index]
            stays.has_silent_end |= moments[index] - event.at > RESTART
    stays.has_silent_end &= not stays.unended
    return stays


def paired(ordered: Iterable[Event]) -> tuple[list[tuple[Event, Event]], list[Event], list[Event]]:
    """Return pairs of joining and leaving, the joinings left over, and the leavings left over.

    Of events at the same moment leaving comes first, so somebody who left and joined within a second is still there.
    Leaving a connection that was joined in the same second is a visit of no length.
    """
    pairs: list[tuple[Event, Event]] = []
    joined: dict[str, list[Event]] = defaultdict(list)
    alone: list[Event] = []

    def without_joining(leavings: Iterable[Event]) -> list[Event]:
        rest = []
        for leaving in leavings:
            if stack := joined[leaving.connection]:
                pairs.append((stack.pop(), leaving))
            else:
                rest.append(leaving)
        return rest

    for _at, group in groupby(ordered, key=lambda it: it.at):
        together = list(group)
        rest = without_joining(it for it in together if not it.is_joining)
        for event in together:
            if event.is_joining:
                joined[event.connection].append(event)
        alone += without_joining(rest)
    return pairs, [it for stack in joined.values() for it in stack], alone


# The beginnings of words for joining and leaving, by language, folded: patterns with "_" for a blank. "Joined before"
# contains the word for "joined" and therefore means joining.
WORDS = {
    "en": ("join rejoin enter(s|ed)\\b connect", "left leave exit depart disconnect dropped"),
    "es gl": ("uni(o|do|da|use)\\b incorpor entr(o|ou|ado|ada)\\b conect", "sal(io|ido|ida|iu)\\b abandon desconect"),
    "ca": ("unit\\b s_(ha|hi_ha)_unit entrat", "sortit marxat abandon"),
    "pt": ("ingress entr(ou|ado|ada)\\b aderi(u|do)\\b uniu", "saiu saido"),
    "fr": ("rejoi connect particip entre(e|s)?\\b", "quitt parti(e|s)?\\b sorti(e|s)?\\b deconnect"),
    "de": ("beigetreten teilgenommen hinzugekommen", "verlassen gegangen abgemeldet"),
    "it": ("partecip entrat unit[oa] colleg aggiunt", "abbandon uscit lasciat disconness scolleg"),
    "nl": ("deelgenomen neemt_deel toegetreden", "verlaten vertrokken weggegaan"),
    "pl": ("dolacz", "opusci opuszcz wysz rozlacz"),
    "cs sk": ("pripoj", "ode(sel|sla) odi(siel|sla) opust odpoj"),
    "sv": ("ansl[ou]t delt(og|ar|agit)\\b gick_med", "lamna gatt_ur"),
    "da": ("tilslut delt(og|aget)\\b kom_med sluttede_sig_til", "forlod forladt"),
    "nb": ("ble_med blitt_med koblet_til delt(ok|att)\\b sluttet_seg_til", "forlot forlatt gikk sluttet\\b(?!_seg)"),
    "fi": ("liitty", "poistu lahti lahten"),
    "hu": ("csatlakoz belep", "kilep tavoz elhagy"),
    "ro": ("alatur intrat conect", "plecat iesit parasit deconect"),
    "el": ("symmet synde ei?si?lth entacht mpike", "apochor efyge aposynd egkatel exilth vgik"),
    "tr": ("katil", "ayril cikti cikis terk"),
    "hr sl sr": ("pridruz", "napust zapust otis izas"),
    "lt lv et": ("prisijung pievieno liitu", "isejo paliko pasitrauk aizgaj izgaj pamet atvieno lahku"),
    "ru uk bg": (
        "pris_?edin prisoedin pri+[ey]?dna vosh(el|la)",
        "vysh(el|la) v[iy]+sh(ov|la) pokinu ush(el|la) napusn",
    ),
    "eu": ("sartu batu", "irten atera"),
    "id": ("bergabung", "keluar meninggal"),
    "ja zh ko": ("canjia (yi)?jiaru cham(ga|yeo)", "tuichu (yi)?likai nagam nagass toejang"),
}


def pattern_of(beginnings: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for words that begin in one of these ways; "_" stands for a blank."""
    return re.compile(rf"\b({'|'.join(' '.join(beginnings).split())})".replace("_", " "))


IS_JOINING = pattern_of(joining for joining, _leaving in WORDS.values())
IS_LEAVING = pattern_of(leaving for _joining, leaving in WORDS.values())


def is_known(action: str) -> bool:
    """Return whether a word, folded, means joining or leaving, but not both."""
    return bool(IS_JOINING.search(action)) != bool(IS_LEAVING.search(action))


def joining_among(actions_by_person: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return which words, folded, mean joining. `actions_by_person`: each person's words in order of time.

    An unknown word means joining where people begin with it: hardly anybody leaves first.
    """
    everybody = list(actions_by_person)
    counts = Counter(action for actions in everybody for action in actions)
    begun = Counter(actions[0] for actions in everybody)
    most = max(begun.values(), default=0)
    return frozenset(
        action
        for action in counts
        if (
            IS_JOINING.search(action)
            if is_known(action)
            else begun[action] and 2 * begun[action] >= min(most, counts[action])
        )
    )
