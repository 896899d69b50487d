"""Delete what is personal in applications that came to nothing, with its history (decision 57)."""

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from programme.models import Application, ApplicationDraft, Edition
from programme.rules.applications import is_due_for_deletion

PERSONAL = ("answers", "notes", "scores", "conflicts")
HISTORY = (  # with the column that refers to the application
    *((f"Application{name}Event", "application_id") for name in ("Answer", "Note", "Score", "Conflict", "Decision")),
    ("ApplicationEvent", "pgh_obj_id"),
)


def empty_applications() -> int:
    """Empty the applications whose time is over, in all editions, and delete old drafts. Return how many were emptied."""
    now, n = timezone.now(), 0
    for edition in Edition.objects.filter(applications__isnull=False).distinct().order_by("pk"):
        today = timezone.localdate(now, edition.zone)
        for application in edition.applications.filter(emptied_at=None).order_by("pk"):
            n += is_due_for_deletion(
                application.state,
                ended_on=timezone.localdate(application.state_at, edition.zone),
                last_on=edition.last_on,
                kept_days=edition.applications_kept_days,
                today=today,
            ) and empty_application(application)
    for draft in ApplicationDraft.objects.select_related("edition"):
        if (now - draft.saved_at).days > draft.edition.applications_kept_days:
            draft.delete()
    return n


@transaction.atomic
def empty_application(application: Application) -> bool:
    """Delete contact person, answers, scores, notes and reasons of an application. City, decisions and their days stay.

    Return whether it was still as it was read.
    """
    locked = Application.objects.select_for_update(of=["self"], no_key=True)
    current = locked.filter(pk=application.pk, state=application.state, emptied_at=None).first()
    if current is None:
        return False
    for name in PERSONAL:
        getattr(current, name).all().delete()
    current.decisions.update(text="", reason="")
    current.contact, current.emptied_at = None, timezone.now()
    current.save(update_fields=["contact", "emptied_at"])
    for model, column in HISTORY:
        apps.get_model("programme", model).objects.filter(**{column: current.pk}).delete()
    return True
