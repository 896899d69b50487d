"""The pages of an edition in the admin, under /admin/editions/<edition>/. Lists and forms for adding are Django's."""

from programme.admin import built_in_email_pages, campaign_pages, saved_texts
from programme.admin.action_plan_pages import (
    action_plan,
    action_plan_comment,
    action_plan_file,
    action_plan_pairs,
    action_plan_state,
    action_plans,
    action_plans_zip,
)
from programme.admin.action_plan_steps import action_plan_step, action_plan_step_add
from programme.admin.address_page import person_try_again
from programme.admin.answers_page import person_answers, person_file
from programme.admin.application_decision_pages import application_decide, application_undo
from programme.admin.application_pages import (
    application_detail,
    application_ranking,
    applications,
    applications_export,
)
from programme.admin.application_score_pages import (
    application_conflict,
    application_conflict_lift,
    application_criteria,
    application_note,
    application_score,
)
from programme.admin.built_in_email_pages import built_in_email, built_in_email_mail, built_in_emails
from programme.admin.campaign_pages import campaign, campaign_add, campaign_edit, campaigns
from programme.admin.campaign_parts import campaign_mail
from programme.admin.checklist_page import checklist_item
from programme.admin.colleagues import colleague_remove, colleagues
from programme.admin.copy_page import edition_copy
from programme.admin.edition_pages import area_home, edition_overview, edition_settings
from programme.admin.material_pages import material, material_add, material_remove, materials, materials_ask
from programme.admin.messages import message_again
from programme.admin.notice_page import edition_notice
from programme.admin.of_edition import add_page, edition_page, list_urls
from programme.admin.people_pages import person_add, person_correct
from programme.admin.planned_page import planned
from programme.admin.programme_table import draft, draft_discard, table
from programme.admin.publish_page import edition_publish
from programme.admin.question_pages import question_add, question_change, question_end, question_move, questions
from programme.admin.ready_lists import ready_list, ready_list_export, ready_lists
from programme.admin.saved_texts import text, text_add
from programme.admin.search import search
from programme.admin.seats import seat_overview
from programme.admin.seen_as import seen_as
from programme.admin.speaker_pages import (
    speaker,
    speaker_add,
    speaker_ask,
    speaker_change,
    speaker_renew,
    speakers,
)
from programme.admin.take_over_page import person_take_over
from programme.models import City, Delegation, Invitation, Notice, Participant, Seat, Session, Track, Venue
from udtacademy.http.late_views import late_view
from udtacademy.outbox.models import Message

app_name = "programme-staff"
urlpatterns = [
    edition_page("", edition_overview, "overview"),
    edition_page("checklist/<int:pk>/", checklist_item, "checklist-item"),
    *list_urls("programme/", Session, "sessions"),
    edition_page("programme/table/", table, "table"),
    edition_page("programme/draft/", draft, "draft"),
    edition_page("programme/draft/discard/", draft_discard, "draft-discard"),
    edition_page("programme/add/", add_page(Session), "session-add"),
    edition_page("programme/speakers/", speakers, "speakers"),
    edition_page("programme/speakers/add/", speaker_add, "speaker-add"),
    edition_page("programme/speakers/<int:pk>/", speaker, "speaker"),
    edition_page("programme/speakers/<int:pk>/ask/", speaker_ask, "speaker-ask"),
    edition_page("programme/speakers/<int:pk>/renew/", speaker_renew, "speaker-renew"),
    edition_page("programme/speakers/sessions/<int:pk>/", speaker_change, "speaker-change"),
    *list_urls("people/", Participant, "participants"),
    edition_page("people/<int:pk>/as/<slug:page>/", seen_as, "seen-as"),
    edition_page("people/add/", person_add, "participant-add"),
    edition_page("people/<int:pk>/correct/", person_correct, "person-correct"),
    edition_page("people/<int:pk>/answers/", person_answers, "person-answers"),
    edition_page("people/files/<slug:token>/", person_file, "person-file"),
    edition_page("people/<int:pk>/try-again/", person_try_again, "person-try-again"),
    edition_page("people/<int:pk>/take-over/", person_take_over, "person-take-over"),
    edition_page("people/import/", late_view("programme.admin.import_pages.people_import"), "people-import"),
    *list_urls("people/cities/", Delegation, "delegations"),
    edition_page("people/cities/add/", add_page(Delegation), "delegation-add"),
    edition_page("people/cities/import/", late_view("programme.admin.import_pages.city_import"), "city-import"),
    *list_urls("people/invitations/", Invitation, "invitations"),
    edition_page("people/applications/", applications, "applications"),
    edition_page("people/applications/export.<spreadsheet:extension>", applications_export, "applications-export"),
    edition_page("people/applications/ranking/", application_ranking, "application-ranking"),
    edition_page("people/applications/criteria/", application_criteria, "application-criteria"),
    edition_page("people/applications/decide/", application_decide, "application-decide"),
    edition_page("people/applications/<int:pk>/", application_detail, "application"),
    edition_page("people/applications/<int:pk>/score/", application_score, "application-score"),
    edition_page("people/applications/<int:pk>/note/", application_note, "application-note"),
    edition_page("people/applications/<int:pk>/undo/", application_undo, "application-undo"),
    edition_page("people/applications/<int:pk>/conflict/", application_conflict, "application-conflict"),
    edition_page(
        "people/applications/<int:pk>/conflict/<int:conflict_pk>/lift/",
        application_conflict_lift,
        "application-conflict-lift",
    ),
    edition_page("search/", search, "search"),
    edition_page("people/lists/", ready_lists, "ready-lists"),
    edition_page("people/lists/<slug:list_name>/", ready_list, "ready-list"),
    edition_page(
        "people/lists/<slug:list_name>/export.<spreadsheet:extension>", ready_list_export, "ready-list-export"
    ),
    edition_page("seats/", seat_overview, "seats"),
    *list_urls("seats/all/", Seat, "seat-list"),
    edition_page("messages/planned/", planned, "planned"),
    *list_urls("messages/", Message, "messages"),
    edition_page("messages/<int:pk>/again/", message_again, "message-again"),
    edition_page("messages/campaigns/", campaigns, "campaigns"),
    edition_page("messages/campaigns/add/", campaign_add, "campaign-add", typed=campaign_pages.TYPED),
    edition_page("messages/campaigns/<int:pk>/", campaign, "campaign"),
    edition_page("messages/campaigns/<int:pk>/edit/", campaign_edit, "campaign-edit", typed=campaign_pages.TYPED),
    edition_page("messages/campaigns/<int:pk>/mail/", campaign_mail, "campaign-mail"),
    edition_page("messages/campaigns/texts/add/", text_add, "text-add", typed=saved_texts.TYPED),
    edition_page("messages/campaigns/texts/<int:pk>/", text, "text", typed=saved_texts.TYPED),
    edition_page("messages/built-in/", built_in_emails, "built-in-emails"),
    edition_page("messages/built-in/<slug:kind>/", built_in_email, "built-in-email", typed=built_in_email_pages.TYPED),
    edition_page("messages/built-in/<slug:kind>/mail/", built_in_email_mail, "built-in-email-mail"),
    edition_page("messages/changes/", edition_notice, "changes"),
    *list_urls("messages/changes/sent/", Notice, "notices"),
    edition_page("outcomes/plans/", action_plans, "action-plans"),
    edition_page("outcomes/plans/steps/add/", action_plan_step_add, "action-plan-step-add"),
    edition_page("outcomes/plans/steps/<int:pk>/", action_plan_step, "action-plan-step"),
    edition_page("outcomes/plans/plans.zip", action_plans_zip, "action-plans-zip"),
    edition_page("outcomes/plans/pairs/", action_plan_pairs, "action-plan-pairs"),
    edition_page("outcomes/plans/files/<slug:token>/", action_plan_file, "action-plan-file"),
    edition_page("outcomes/plans/<int:pk>/", action_plan, "action-plan"),
    edition_page("outcomes/plans/<int:pk>/parts/<int:part_pk>/state/", action_plan_state, "action-plan-state"),
    edition_page("outcomes/plans/<int:pk>/parts/<int:part_pk>/comments/", action_plan_comment, "action-plan-comment"),
    edition_page("outcomes/materials/", materials, "materials"),
    edition_page("outcomes/materials/add/", material_add, "material-add"),
    edition_page("outcomes/materials/<int:pk>/", material, "material"),
    edition_page("outcomes/materials/<int:pk>/remove/", material_remove, "material-remove"),
    edition_page("outcomes/materials/sessions/<slug:session_slug>/ask/", materials_ask, "materials-ask"),
    edition_page("settings/", edition_settings, "settings"),
    edition_page("settings/publish/", edition_publish, "publish"),
    edition_page("settings/colleagues/", colleagues, "colleagues"),
    edition_page("settings/colleagues/<int:pk>/remove/", colleague_remove, "colleague-remove"),
    edition_page("settings/questions/", questions, "questions"),
    edition_page("settings/questions/add/", question_add, "question-add"),
    edition_page("settings/questions/<int:pk>/", question_change, "question-change"),
    edition_page("settings/questions/<int:pk>/move/", question_move, "question-move"),
    edition_page("settings/questions/<int:pk>/end/", question_end, "question-end"),
    *list_urls("settings/cities/", City, "cities"),
    edition_page("settings/copy/", edition_copy, "copy"),
    edition_page("settings/file/", late_view("programme.admin.programme_files.edition_file"), "file"),
    edition_page(
        "settings/file/download/", late_view("programme.admin.programme_files.edition_download"), "file-download"
    ),
    *list_urls("settings/tracks/", Track, "tracks"),
    edition_page("settings/tracks/add/", add_page(Track), "track-add"),
    *list_urls("settings/venues/", Venue, "venues"),
    edition_page("<slug:area>/", area_home, "area"),
]
