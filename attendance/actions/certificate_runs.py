"""Issue certificates to everybody who may have one, some people at a time. The row says how far it has come (decision 70)."""

import logging

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.certificates import ask_for_runs, issue_certificates
from attendance.models import CertificateRun
from attendance.queries.certificates import candidates_of, without_valid
from programme.errors import ProgrammeError
from programme.models import Edition
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

logger = logging.getLogger(__name__)

AT_A_TIME = 50  # people in one transaction


@transaction.atomic
def start_run(*, edition: Edition, with_attended: bool, by: User) -> CertificateRun:
    """Have certificates issued to everybody who may have one and has none. Raises ProgrammeError while that is being done."""
    try:
        with transaction.atomic(), acting(by):
            run = CertificateRun.objects.create(edition=edition, with_attended=with_attended, by=by)
    except IntegrityError as error:
        text = _("Certificates are being issued already. Wait until that is done.")
        raise ProgrammeError(text, code="run_open") from error
    transaction.on_commit(ask_for_runs, robust=True)
    return run


def continue_runs() -> int:
    """Go on with what was asked for, and was not finished. Return how many certificates were issued.

    One that fails is stopped, and holds up no other. One that lost its connection or a deadlock is tried again next time.
    """
    return sum(try_run(pk) for pk in CertificateRun.objects.open().order_by("pk").values_list("pk", flat=True))


def try_run(pk: int) -> int:
    """Issue the certificates of a run until it is finished or fails. Return how many."""
    n_issued = 0
    try:
        while (n := issue_some(pk)) is not None:
            n_issued += n
    except OperationalError:
        logger.warning("Issuing of certificates %s was interrupted", pk, exc_info=True)
    except Exception:
        logger.exception("Issuing of certificates %s has failed", pk)
        CertificateRun.objects.open().filter(pk=pk).update(finished_at=timezone.now(), has_failed=True)
    return n_issued


@transaction.atomic
def issue_some(pk: int) -> int | None:
    """Issue the next certificates of a run. Return how many; None once it is finished, or if another process works on it."""
    rows = CertificateRun.objects.open().filter(pk=pk).select_related("edition", "by")
    run = rows.select_for_update(of=["self"], skip_locked=True).first()
    if run is None:
        return None
    candidates = without_valid(candidates_of(run.edition)).filter(pk__gt=run.last_participant)
    people = list(candidates.order_by("pk")[:AT_A_TIME])
    if not people:
        run.finished_at = timezone.now()
        run.save(update_fields=["finished_at"])
        return None
    made = issue_certificates(edition=run.edition, people=people, with_attended=run.with_attended, by=run.by)
    run.n_issued += len(made)
    n_nameless = sum(not it.user.name.strip() for it in people)
    run.n_nameless += n_nameless
    run.n_left_out += len(people) - len(made) - n_nameless
    run.last_participant = people[-1].pk
    run.save(update_fields=["n_issued", "n_left_out", "n_nameless", "last_participant"])
    return len(made)
