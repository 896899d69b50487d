"""Areas: the parts of an edition in the admin, and the pages of each.

An application adds areas with `add_area`, and pages with `AREAS["<name>"].pages.append(AreaPage(…))`, in its
`AppConfig.ready`; they are shown in that order. Each page's URL takes the edition's slug, as `edition_slug`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from programme.models import Edition
    from udtacademy.accounts.models import Visitor


@dataclass(frozen=True)
class AreaPage:
    """A page of an area. `name`: of its URL; `model`: whose objects' pages belong to it, such as "programme.session".

    `add`: the name of the URL of the form that adds one, empty if there is none; `is_of`: whether an edition has the page.
    """

    label: Any
    name: str
    permission: str
    model: str = ""
    add: str = ""
    is_of: "Callable[[Edition], bool] | None" = None

    def url(self, edition: "Edition") -> str:
        return reverse(self.name, args=[edition.slug])


@dataclass(frozen=True)
class Area:
    name: str
    label: Any
    pages: list[AreaPage] = field(default_factory=list)

    def pages_for(self, visitor: "Visitor", edition: "Edition | None" = None) -> list[AreaPage]:
        """Return the pages that the visitor may see; of an edition, only those that it has."""
        seen = [page for page in self.pages if visitor.has_perm(page.permission)]
        return [page for page in seen if not (page.is_of and edition) or page.is_of(edition)]


AREAS = {
    area.name: area
    for area in (
        Area(
            "overview",
            _("Overview"),
            [AreaPage(_("Overview"), "programme-staff:overview", "programme.view_session")],
        ),
        Area(
            "programme",
            _("Programme"),
            [
                AreaPage(_("Table"), "programme-staff:table", "programme.change_session"),
                AreaPage(_("Draft"), "programme-staff:draft", "programme.change_session"),
                AreaPage(
                    _("Sessions"),
                    "programme-staff:sessions",
                    "programme.view_session",
                    "programme.session",
                    "programme-staff:session-add",
                ),
                AreaPage(_("Speakers"), "programme-staff:speakers", "programme.view_speaker"),
            ],
        ),
        Area(
            "people",
            _("People"),
            [
                AreaPage(
                    _("People"),
                    "programme-staff:participants",
                    "programme.view_participant",
                    "programme.participant",
                    "programme-staff:participant-add",
                ),
                AreaPage(
                    _("Cities"),
                    "programme-staff:delegations",
                    "programme.view_delegation",
                    "programme.delegation",
                    "programme-staff:delegation-add",
                ),
                AreaPage(
                    _("Applications"),
                    "programme-staff:applications",
                    "programme.view_application",
                    is_of=lambda edition: edition.takes_applications,
                ),
                AreaPage(
                    _("Invitations"), "programme-staff:invitations", "programme.view_invitation", "programme.invitation"
                ),
                AreaPage(_("Ready lists"), "programme-staff:ready-lists", "programme.change_participant"),
                AreaPage(_("Import people"), "programme-staff:people-import", "programme.add_participant"),
                AreaPage(_("Import cities"), "programme-staff:city-import", "programme.add_delegation"),
            ],
        ),
        Area(
            "seats",
            _("Seats"),
            [
                AreaPage(_("By time"), "programme-staff:seats", "programme.view_seat"),
                AreaPage(_("All seats"), "programme-staff:seat-list", "programme.view_seat", "programme.seat"),
            ],
        ),
        Area(
            "messages",
            _("Messages"),
            [
                AreaPage(_("Planned"), "programme-staff:planned", "programme.view_notice"),
                AreaPage(_("Write to people"), "programme-staff:campaigns", "programme.view_campaign"),
                AreaPage(_("Built-in emails"), "programme-staff:built-in-emails", "programme.view_campaign"),
                AreaPage(_("Emails"), "programme-staff:messages", "outbox.view_message", "outbox.message"),
                AreaPage(_("Changes"), "programme-staff:changes", "programme.view_notice"),
                AreaPage(_("Sent changes"), "programme-staff:notices", "programme.view_notice", "programme.notice"),
            ],
        ),
        Area(
            "outcomes",
            _("Outcomes"),
            [
                AreaPage(_("Action Plans"), "programme-staff:action-plans", "programme.view_actionplan"),
                AreaPage(_("Materials"), "programme-staff:materials", "programme.view_material"),
            ],
        ),
        Area(
            "settings",
            _("Settings"),
            [
                AreaPage(_("Edition"), "programme-staff:settings", "programme.view_edition", "programme.edition"),
                AreaPage(_("Questions"), "programme-staff:questions", "programme.view_question"),
                AreaPage(_("Colleagues"), "programme-staff:colleagues", "programme.change_edition"),
                AreaPage(_("Venues"), "programme-staff:venues", "programme.view_venue", "programme.venue"),
                AreaPage(_("Names of cities"), "programme-staff:cities", "programme.view_city", "programme.city"),
                AreaPage(
                    _("Tracks"),
                    "programme-staff:tracks",
                    "programme.view_track",
                    "programme.track",
                    "programme-staff:track-add",
                ),
                AreaPage(_("Programme file"), "programme-staff:file", "programme.view_venue"),
                AreaPage(_("Copy this edition"), "programme-staff:copy", "programme.add_edition"),
            ],
        ),
    )
}


def add_area(area: Area, *, after: str) -> None:
    """Add an area behind another one."""
    areas = list(AREAS.values())
    areas.insert(areas.index(AREAS[after]) + 1, area)
    AREAS.clear()
    AREAS.update({it.name: it for it in areas})


def all_pages() -> Iterator[tuple[Area, AreaPage]]:
    for area in AREAS.values():
        for page in area.pages:
            yield area, page


def page_of_model(label: str) -> AreaPage | None:
    """Return the page whose list has the objects of a model, such as "programme.session"; None if they have none."""
    return next((page for _area, page in all_pages() if page.model == label), None)
