"""What people and organisers do in the model: each step is one call of the action that a page or the admin calls."""

import datetime as dt
from collections.abc import Callable

from django.urls import reverse

from programme.actions.profiles import Answers
from programme.actions.registrations import approve, register, withdraw
from programme.actions.seats import Wish, choose_seats, release_seat
from programme.actions.sessions import (
    cancel_session,
    confirm_session,
    postpone_session,
    publish_session,
    save_session,
    unpublish_session,
)
from programme.models import Delegation, Edition, Participant, Session
from programme.rules.sessions import Slot
from tests.client import Client
from udtacademy.accounts.models import User

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


class Steps:
    """A part of the `World`, which has the people and the programme. Each says whether it was let, or changed something."""

    edition: Edition
    delegation: Delegation
    organiser: User
    users: dict[str, User]  # by address
    titles: dict[str, str]  # of each title that a session ever had, its UID
    before: dict[str, tuple[dt.datetime, dt.datetime]]  # the times of a session before its last move
    changed_at: dict[str, dt.datetime]  # sessions, by UID
    now: dt.datetime
    _act: Callable[[Callable[[], object]], bool]

    def register(self, address: str) -> bool:
        answers = Answers(
            name=address.partition("@")[0], job_title="", department="", hopes="", language="en", time_zone=""
        )
        return self._act(lambda: register(delegation=self.delegation, answers=answers, by=self.users[address]))

    def approve(self, address: str) -> bool:
        return self._act_on(address, lambda it: approve(participant=it, by=self.organiser))

    def withdraw(self, address: str, *, by_organiser: bool = False) -> bool:
        by = self.organiser if by_organiser else self.users[address]
        return self._act_on(address, lambda it: withdraw(participant=it, by=by))

    def choose(self, address: str, slug: str) -> bool:
        """A seat, or to wait for one."""
        session = self.session(slug)
        slot = Slot(session.starts_at, session.ends_at, [[session]])
        wish = Wish(slot=slot, session=session, is_full=True)
        return self._act_on(address, lambda it: choose_seats(participant=it, wishes=[wish], by=it.user))

    def release(self, address: str, slug: str) -> bool:
        session = self.session(slug)
        return self._act_on(address, lambda it: release_seat(participant=it, session=session, by=it.user))

    # What organisers do

    def move_by(self, slug: str, distance: dt.timedelta) -> bool:
        return self.move_to(slug, self.session(slug).starts_at + distance)

    def move_to(self, slug: str, starts_at: dt.datetime) -> bool:
        """To a whole minute, as forms have it; also into the past, as slips are."""
        session, starts_at = self.session(slug), whole_minute(starts_at)
        before = session.starts_at, session.ends_at
        is_moved = self._save(slug, starts_at=starts_at, ends_at=starts_at + (session.ends_at - session.starts_at))
        if is_moved:
            self.before[slug] = before
        return is_moved

    def correct(self, slug: str) -> bool:
        """Back to when it was before it was moved."""
        return slug in self.before and self.move_to(slug, self.before[slug][0])

    def set_core(self, slug: str, *, is_core: bool) -> bool:
        return self._save(slug, is_core=is_core)

    def rename(self, slug: str, title: str) -> bool:
        self.titles[title] = str(self.session(slug).calendar_uid)
        return self._save(slug, title=title)

    def relocate(self, slug: str, location: str) -> bool:
        return self._save(slug, location=location)

    def postpone(self, slug: str, days: int) -> bool:
        """To another day; it is to be confirmed then."""
        session = self.session(slug)
        new_day = session.local_day + days * DAY
        before = session.starts_at, session.ends_at
        is_moved = self._change(slug, lambda it: postpone_session(session=it, new_day=new_day, by=self.organiser))
        if is_moved:
            self.before[slug] = before
        return is_moved

    def cancel(self, slug: str) -> bool:
        return self._change(slug, lambda it: cancel_session(session=it, by=self.organiser))

    def confirm(self, slug: str) -> bool:
        """A cancelled one is on again."""
        return self._change(slug, lambda it: confirm_session(session=it, by=self.organiser))

    def publish(self, slug: str) -> bool:
        return self._change(slug, lambda it: publish_session(session=it, by=self.organiser))

    def unpublish(self, slug: str) -> bool:
        return self._change(slug, lambda it: unpublish_session(session=it, by=self.organiser))

    def delete(self, slug: str) -> bool:
        """As an organiser does on the admin's page; whether it is gone."""
        session = self.session(slug)
        organiser = Client()
        organiser.force_login(self.organiser)
        page = reverse("admin:programme_session_delete", args=[session.pk])
        self._act(lambda: organiser.post(page, {"post": "yes"}))
        return not Session.objects.filter(pk=session.pk).exists()

    # How it is done

    def start(self, slug: str) -> dt.datetime:
        return self.session(slug).starts_at

    def session(self, slug: str) -> Session:
        return Session.objects.select_related("edition").get(edition=self.edition, slug=slug)

    def _save(self, slug: str, **values: object) -> bool:
        """As an organiser's form does: checked first."""

        def save(session: Session) -> None:
            for name, value in values.items():
                setattr(session, name, value)
            session.full_clean()
            save_session(session=session, by=self.organiser)

        return self._change(slug, save)

    def _change(self, slug: str, step: Callable[[Session], object]) -> bool:
        session = self.session(slug)
        is_done = self._act(lambda: step(session))
        if is_done:
            self.changed_at[str(session.calendar_uid)] = self.now
        return is_done

    def _act_on(self, address: str, step: Callable[[Participant], object]) -> bool:
        people = Participant.objects.with_people()
        participant = people.filter(edition=self.edition, user__email=address).first()
        return participant is not None and self._act(lambda: step(participant))


def whole_minute(moment: dt.datetime) -> dt.datetime:
    """The same, or the next."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE
