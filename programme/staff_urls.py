"""The pages of an edition in the admin, under /admin/editions/<edition>/. Lists and forms for adding are Django's."""

from programme.admin.checklist_page import checklist_item
from programme.admin.colleagues import colleague_remove, colleagues
from programme.admin.copy_page import edition_copy
from programme.admin.edition_pages import area_home, edition_overview, edition_settings
from programme.admin.import_pages import city_import, people_import
from programme.admin.notice_page import edition_notice
from programme.admin.of_edition import add_page, edition_page, list_page
from programme.admin.people_pages import person_add, person_correct
from programme.admin.programme_files import edition_download, edition_file
from programme.admin.programme_table import draft, draft_discard, table
from programme.admin.search import search
from programme.admin.seats import seat_overview
from programme.admin.seen_as import seen_as
from programme.models import City, Delegation, Invitation, Notice, Participant, Seat, Session, Track, Venue
from udtacademy.outbox.models import Message

app_name = "programme-staff"
urlpatterns = [
    edition_page("", edition_overview, "overview"),
    edition_page("checklist/<int:pk>/", checklist_item, "checklist-item"),
    edition_page("programme/", list_page(Session), "sessions"),
    edition_page("programme/table/", table, "table"),
    edition_page("programme/draft/", draft, "draft"),
    edition_page("programme/draft/discard/", draft_discard, "draft-discard"),
    edition_page("programme/add/", add_page(Session), "session-add"),
    edition_page("people/", list_page(Participant), "participants"),
    edition_page("people/<int:pk>/as/<slug:page>/", seen_as, "seen-as"),
    edition_page("people/add/", person_add, "participant-add"),
    edition_page("people/<int:pk>/correct/", person_correct, "person-correct"),
    edition_page("people/import/", people_import, "people-import"),
    edition_page("people/cities/", list_page(Delegation), "delegations"),
    edition_page("people/cities/add/", add_page(Delegation), "delegation-add"),
    edition_page("people/cities/import/", city_import, "city-import"),
    edition_page("people/invitations/", list_page(Invitation), "invitations"),
    edition_page("search/", search, "search"),
    edition_page("seats/", seat_overview, "seats"),
    edition_page("seats/all/", list_page(Seat), "seat-list"),
    edition_page("messages/", list_page(Message), "messages"),
    edition_page("messages/changes/", edition_notice, "changes"),
    edition_page("messages/changes/sent/", list_page(Notice), "notices"),
    edition_page("settings/", edition_settings, "settings"),
    edition_page("settings/colleagues/", colleagues, "colleagues"),
    edition_page("settings/colleagues/<int:pk>/remove/", colleague_remove, "colleague-remove"),
    edition_page("settings/cities/", list_page(City), "cities"),
    edition_page("settings/copy/", edition_copy, "copy"),
    edition_page("settings/file/", edition_file, "file"),
    edition_page("settings/file/download/", edition_download, "file-download"),
    edition_page("settings/tracks/", list_page(Track), "tracks"),
    edition_page("settings/tracks/add/", add_page(Track), "track-add"),
    edition_page("settings/venues/", list_page(Venue), "venues"),
    edition_page("<slug:area>/", area_home, "area"),
]
