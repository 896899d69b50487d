"""What an organiser reads about a cloned edition: what came along, what did not, and the checklist that stays on it."""

from collections.abc import Collection, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.formats import titles
from programme.models import CertificateLayout, ChecklistItem, Edition, Session
from programme.rules.copies import other_years
from udtacademy.outbox.kinds import kind_label

Kind = ChecklistItem.Kind
Pairs = Sequence[tuple[Session, Session]]  # each session before and after
TEXTS = (
    *("name", "tagline", "audience", "summary", "online_text", "in_person_text"),
    *("privacy_text", "accessibility_text", "legal_text"),
)


def copied(edition: Edition, clone: Edition, sessions: Pairs, days: int) -> list[str]:
    """Return what came along, as sentences."""
    n, n_tracks, n_cities = len(sessions), clone.tracks.count(), clone.delegations.count()
    moved = ngettext(
        "%(n)s session, moved by %(days)s days at the same local time and still to be confirmed.",
        "%(n)s sessions, moved by %(days)s days at the same local time and still to be confirmed.",
        n,
    )
    sentences = [
        moved % {"n": n, "days": f"{days:+,d}"},
        ngettext("%(n)s track.", "%(n)s tracks.", n_tracks) % {"n": n_tracks},
        _(
            "The texts, the organiser’s name, logo and colour, the contact address, the time zone (%(zone)s), the rules of attendance,"
            " and which emails are sent when."
        )
        % {"zone": clone.time_zone},
    ]
    if clone.venue:
        sentences.append(_("The venue and its rooms: %(venue)s.") % {"venue": clone.venue})
    return [*sentences, *counted(clone, n_cities), *moved_windows(edition)]


def moved_windows(edition: Edition) -> list[str]:
    """Return which windows were moved, as sentences."""
    windows = [
        (
            edition.applications_open_at,
            edition.applications_close_at,
            _("When applications of cities open and close, moved too."),
        ),
        (
            edition.registration_opens_at,
            edition.registration_closes_at,
            _("When registration opens and closes, moved too."),
        ),
        (edition.choice_opens_at, edition.choice_closes_at, _("When choosing tracks opens and closes, moved too.")),
    ]
    return [text for opens, closes, text in windows if opens or closes]


def counted(clone: Edition, n_cities: int) -> Iterator[str]:
    """Yield how many questions, cities and texts came along."""
    if n_questions := clone.questions.own().count():
        text = ngettext("%(n)s question of your own.", "%(n)s questions of your own.", n_questions)
        yield text % {"n": n_questions}
    if n_cities:
        text = ngettext(
            "%(n)s city with its quota and email domains.",
            "%(n)s cities with their quotas and email domains.",
            n_cities,
        )
        yield text % {"n": n_cities}
    if n_texts := clone.saved_texts.count():
        text = ngettext("%(n)s saved text for emails.", "%(n)s saved texts for emails.", n_texts)
        yield text % {"n": n_texts}
    if n_steps := clone.steps.count():
        text = ngettext(
            "%(n)s step of the Action Plans, without the plans.",
            "%(n)s steps of the Action Plans, without the plans.",
            n_steps,
        )
        yield text % {"n": n_steps}
    if n_words := clone.email_words.count():
        text = ngettext("Your own words in %(n)s built-in email.", "Your own words in %(n)s built-in emails.", n_words)
        yield text % {"n": n_words}
    if CertificateLayout.objects.filter(edition=clone).exists():
        yield _("The words of certificates, and who signs them.")
    if clone.feedback_sets.exists():
        yield _("The questions about sessions, without what people answered.")


def not_copied(edition: Edition, *, takes_cities: bool) -> list[str]:
    """Return what did not come along, as sentences."""
    n_people, n_cities = edition.participants.count(), edition.delegations.count()
    people = ngettext(
        "%(n)s participant, with their seats, attendance and requests.",
        "%(n)s participants, with their seats, attendance and requests.",
        n_people,
    )
    sentences = [people % {"n": n_people}, _("Invitations, emails and the coordinators’ addresses.")]
    if n_cities and not takes_cities:
        sentences.append(ngettext("%(n)s city.", "%(n)s cities.", n_cities) % {"n": n_cities})
    if edition.speakers.exists() or edition.materials.exists():
        sentences.append(_("Speakers, and materials of sessions. Ask speakers again: they agreed to one edition."))
    sentences.append(_("Links to meetings and recordings."))
    cancelled = edition.sessions.filter(status=Session.Status.CANCELLED).order_by("pk")
    return [*sentences, *(_("The cancelled session “%(session)s”.") % {"session": it} for it in cancelled)]


def checklist_for(
    edition: Edition, clone: Edition, sessions: Pairs, *, days: int, takes_cities: bool
) -> list[ChecklistItem]:
    """Return what there is to check in a cloned edition. Saves nothing."""
    items = [*about_dates(clone, sessions, days), *about_settings(clone, sessions)]
    if any(session.is_online for _before, session in sessions):
        items.append((Kind.LINKS, ""))
    items += [] if takes_cities and edition.delegations.exists() else [(Kind.CITIES, "")]
    items += [(Kind.COORDINATORS, ""), (Kind.PUBLICATION, "")]
    return [ChecklistItem(edition=clone, kind=kind, detail=detail) for kind, detail in items]


def about_dates(clone: Edition, sessions: Pairs, days: int) -> Iterator[tuple[str, str]]:
    if sessions:
        yield Kind.DATES, ""
    if days % 7:
        yield Kind.WEEKDAYS, ""
    if later := [after for before, after in sessions if is_later(before, after, clone)]:
        yield Kind.CLOCKS, titles(later)
    if without := [after for _before, after in sessions if not after.starts_at and not after.held_on]:
        yield Kind.NO_DAY, titles(without)


def is_later(before: Session, after: Session, clone: Edition) -> bool:
    """Return whether a session starts later by local time, because its time does not exist on the new day."""
    if before.starts_at is None or after.starts_at is None:
        return False
    return before.starts_at.astimezone(clone.zone).time() != after.starts_at.astimezone(clone.zone).time()


def about_settings(clone: Edition, sessions: Pairs) -> Iterator[tuple[str, str]]:
    if clone.venue:
        yield Kind.VENUE, clone.venue.name
    yield Kind.REGISTRATION, ""
    if clone.tracks.exists():
        yield Kind.CHOICE, ""
    yield Kind.TEXTS, ", ".join(texts_of_other_years(clone, sessions))


def steps_of_other_years(clone: Edition, years: Collection[int]) -> Iterator[str]:
    for step in clone.steps.all():
        if other_years(f"{step.title} {step.guidance}", years):
            yield _("step “%(step)s” of the Action Plans") % {"step": step}


def texts_of_other_years(clone: Edition, sessions: Pairs) -> Iterator[str]:
    """Yield what names a year in which the clone does not take place: fields of the edition, saved texts, titles of sessions."""
    years = range(clone.first_on.year, clone.last_on.year + 1)
    for name in TEXTS:
        if other_years(getattr(clone, name), years):
            yield str(Edition._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    for saved in clone.saved_texts.all():
        if other_years(f"{saved.subject} {saved.text}", years):
            yield _("saved text “%(name)s”") % {"name": saved}
    yield from steps_of_other_years(clone, years)
    for words in clone.email_words.all():
        if other_years(f"{words.subject} {words.opening} {words.closing}", years):
            yield _("words of the email “%(email)s”") % {"email": kind_label(words.kind)}
    for _before, session in sessions:
        if other_years(f"{session.title} {session.description} {session.date_hint}", years):
            yield titles([session])
