"""Publishing the results of an edition, and taking them back (decision 77)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import PublishedResults
from attendance.queries.results import results_now
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Edition
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def publish_results(*, edition: Edition, as_read: str, by: User) -> PublishedResults:
    """Publish the figures of an edition as they are now, also in place of those published before.

    `as_read`: the token of the figures that the organiser has read. Raises NotAsReadError if they have changed since, and ProgrammeError before the
    edition is over, and for one that is not published.
    """
    now = timezone.now()
    if not edition.is_over(now) or not edition.is_published:
        raise ProgrammeError(_("Results are published once the edition is over."), code="edition_not_over")
    figures = results_now(edition, now)
    if figures.token != as_read:
        raise NotAsReadError(_("The figures have changed since you opened this page. Read them again."))
    with acting(by):
        values = {"figures": figures.as_row(), "published_at": now, "published_by": by}
        published, _is_new = PublishedResults.objects.update_or_create(edition=edition, defaults=values)
    return published


@transaction.atomic
def take_back_results(*, edition: Edition, by: User) -> bool:
    """Take the page of results back. Return whether there was one."""
    with acting(by):
        n_deleted, _by_model = PublishedResults.objects.filter(edition=edition).delete()
    return bool(n_deleted)
