"""Adding kiosks, giving a device its key, scanning badges there, and revoking."""

import datetime as dt
import secrets
import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from attendance.actions.check_ins import Scan, Verdict, check_in
from attendance.models import Kiosk
from attendance.queries.kiosks import session_for
from attendance.rules.check_in import ScanAnswer
from programme.errors import ProgrammeError
from programme.models import Edition, Session
from udtacademy.accounts.models import User
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.history import acting

DAY = dt.timedelta(days=1)
LINK_SALT = "attendance.kiosk"


@transaction.atomic
def add_kiosk(
    *, edition: Edition, name: str, day: dt.date, session: Session | None, by: User, asked: uuid.UUID | None = None
) -> tuple[Kiosk, str]:
    """Add a kiosk for a session, or for all in person of a day. Return it and the token of its link, which is not stored.

    It works until the end of that day in the edition's zone. `asked`: of the form, so that sending it again adds nothing and returns the same.
    Raises ProgrammeError for a day that is over, and for the name of another kiosk that works on that day.
    """
    expires_at = dt.datetime.combine(day + DAY, dt.time(), edition.zone)
    if expires_at <= timezone.now():
        raise ProgrammeError(_("This day is over. Choose another one."), code="day_over")
    about = (asked or uuid.uuid4(), edition.pk, by.pk, name, day, session and session.pk)
    token = salted_hmac(LINK_SALT, repr(about), algorithm="sha256").hexdigest()
    values = {"edition": edition, "name": name, "day": day, "session": session, "expires_at": expires_at, "made_by": by}
    with acting(by):
        kiosk, is_new = Kiosk.objects.get_or_create(link_hash=hash_of(token), defaults=values)
        others = Kiosk.objects.filter(edition=edition, day=day, name__iexact=name, revoked_at=None).exclude(pk=kiosk.pk)
        if is_new and others.exists():
            text = _("There is already a kiosk of this name on this day. Enter another name, or revoke that one first.")
            raise ProgrammeError(text, code="kiosk_name_taken")
    return kiosk, token


@transaction.atomic
def open_kiosk(*, token: str) -> tuple[Kiosk, str] | None:
    """Use a kiosk's link up. Return the kiosk and the key of the device that opened it; None if the link does not work."""
    kiosk, now = Kiosk.objects.of_link(token).select_for_update().first(), timezone.now()
    if kiosk is None or not kiosk.can_be_opened(now):
        return None
    key = secrets.token_urlsafe()
    kiosk.key_hash, kiosk.opened_at = hash_of(key), now
    kiosk.save(update_fields=["key_hash", "opened_at"])
    return kiosk, key


@transaction.atomic
def revoke_kiosk(*, kiosk: Kiosk, by: User) -> bool:
    """Revoke a kiosk: neither its link nor its device works any longer. Return whether that changed anything."""
    with acting(by):
        return bool(Kiosk.objects.filter(pk=kiosk.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by))


def scan_at_kiosk(*, kiosk: Kiosk, person: int | None, scan: Scan) -> Verdict:
    """Check a person in at the session they come to. The evidence names the kiosk. Raises ProgrammeError as `check_in`.

    The kiosk is locked meanwhile, so that nothing is recorded by one that has just been revoked.
    """
    with transaction.atomic():
        now = timezone.now()
        locked = Kiosk.objects.select_for_update(no_key=True).filter(pk=kiosk.pk).first()
        if locked is None or not locked.works(now):
            raise ProgrammeError(_("This device may no longer check people in."), code="kiosk_revoked")
        Kiosk.objects.filter(pk=kiosk.pk).update(last_used_at=now)
        session = session_for(kiosk, person, now)
        if session is None:
            return Verdict(ScanAnswer.CLOSED if person else ScanAnswer.UNKNOWN)
        return check_in(person=person, session=session, scan=scan, by=None, kiosk=kiosk)
