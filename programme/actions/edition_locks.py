"""Who changes a whole edition locks it whole, in an order that everybody keeps."""

from django.db import IntegrityError, connection, models, transaction

from programme.actions.waiting_lists import editions_at, lock_sessions
from programme.errors import ProgrammeError
from programme.models import Edition, Venue

PARALLEL_CONSTRAINT = "session_parallel_only_across_tracks"
LOADING = 20_250_916  # our number for the advisory lock


def one_at_a_time() -> None:
    """Until the transaction ends no other document is loaded: two loads of one file must not both make its venue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])


def lock_edition(slug: str, venue_name: str) -> tuple[Edition | None, set[int]]:
    """Lock an edition, its venue and the one it gets, and the sessions of all that meet there, in this order.

    Returns the edition, if there is one, and the numbers of all editions concerned. Whoever locks several rows takes them
    in this order: triggers go from the edition or the venue to the sessions, and bulk actions take sessions by their
    number. So nobody waits in a circle.
    """
    edition = Edition.objects.select_for_update(no_key=True).filter(slug=slug).first()
    wanted = models.Q(name__iexact=venue_name) | models.Q(pk=edition.venue_id if edition else None)
    venues = list(Venue.objects.select_for_update(no_key=True).filter(wanted).order_by("pk"))
    concerned = editions_at(venues) | ({edition.pk} if edition else set())
    lock_sessions(concerned)
    return edition, concerned


def defer_parallel_check() -> None:
    """Until `check_parallel_now`, sessions may trade places one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {PARALLEL_CONSTRAINT} DEFERRED")


def check_parallel_now() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {PARALLEL_CONSTRAINT} IMMEDIATE")
    except IntegrityError as error:
        raise ProgrammeError(
            "A session would be on at the same time as one that the programme file does not have."
            " Cancel or move that one first, or add it to the file."
        ) from error
