"""Reads of checklists."""

from programme.models import ChecklistItem, Edition


def checklist_of(edition: Edition) -> list[ChecklistItem]:
    """Return what there is to check in an edition that was copied, ticked or not, in its order. One query."""
    return list(edition.checklist.select_related("ticked_by").order_by("pk"))


def edition_copied_as(*, slug: str, name: str) -> Edition | None:
    """Return the edition with this web address and name if it was copied from another one."""
    return Edition.objects.filter(slug=slug, name=name, checklist__isnull=False).first()
