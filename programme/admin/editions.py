from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programme.actions.applications import offer_usual_questions
from programme.actions.quiet_hours import move_held_emails
from programme.actions.staff import let_author_in
from programme.forms.editions import EditionForm
from programme.models import Edition, Track
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.history import HistoryAdmin
from udtacademy.http.late_views import late_view


class TrackInline(admin.StackedInline[Track, Edition]):
    model = Track
    extra = 0
    fields = ["name", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Edition)
class EditionAdmin(HistoryAdmin[Edition]):
    form = EditionForm
    list_display = ["name", "slug", "first_on", "last_on", "sessions_link", "time_zone", "is_published"]
    list_filter = ["is_published", "first_on"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["venue"]
    readonly_fields = ["changed_at"]
    inlines = [TrackInline]
    date_hierarchy = "first_on"
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_published"]}),
        (_("When and where"), {"fields": [("first_on", "last_on"), "time_zone", "venue"]}),
        (
            _("Registration"),
            {"fields": ["registration_opens_at", "registration_closes_at", "contact_email"]},
        ),
        (
            _("Applications of cities"),
            {
                "fields": [
                    *("takes_applications", "applications_open_at", "applications_close_at"),
                    "applications_kept_days",
                ]
            },
        ),
        (_("Organiser"), {"fields": ["organiser_name", "logo_file", "removes_logo", "accent"]}),
        (_("Tracks"), {"fields": ["choice_opens_at", "choice_closes_at", "seat_moves_end_minutes"]}),
        (
            _("Attendance"),
            {
                "fields": [
                    "attendance_rule",
                    "attendance_share",
                    "late_tolerance_minutes",
                    "join_opens_minutes",
                    "click_counts",
                ]
            },
        ),
        (
            _("Emails"),
            {
                "fields": [
                    *("sends_reminders", "reminder_minutes", "sends_notices", "sends_chasers", "sends_digest"),
                    *("coming_question_days", "quiet_from", "quiet_until"),
                ]
            },
        ),
        (_("Texts"), {"fields": ["tagline", "audience", "summary", "online_text", "in_person_text"]}),
        (_("Foot of the pages"), {"fields": ["privacy_text", "accessibility_text", "legal_text"]}),
        (_("Technical details"), {"fields": ["changed_at"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(late_view("programme.admin.programme_files.new_edition_file"))
        return [path("upload/", page, name="programme_edition_upload"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Edition | None = None) -> list[str]:
        """Fix the time zone once a session has a time: changing it would move every session without telling anybody.

        An edition is published on a page that says what is still open.
        """
        has_times = obj is not None and obj.sessions.timed().exists()
        zone = ["time_zone"] if has_times else []
        return [*self.readonly_fields, *zone, *(["is_published"] if obj and not obj.is_published else [])]

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        """Show the logo instead of a field to choose another one to those who may not change it, and remove only what is there."""
        can_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        instead: dict[str, str | None] = {} if can_change else {"logo_file": "logo"}
        if not (can_change and obj and obj.logo_id):
            instead["removes_logo"] = None
        return [
            (name, {"fields": [field for it in options["fields"] if (field := instead.get(str(it), it))]})
            for name, options in self.fieldsets
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return Edition.objects.open_to(request.user).with_counts()

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_model(request, obj, form, change)
        if obj.takes_applications:
            offer_usual_questions(edition=obj, by=signed_in(request))
            if "takes_applications" in form.changed_data:
                say_what_follows(request, obj)
        if change and {"quiet_from", "quiet_until"} & set(form.changed_data):
            move_held_emails(edition=obj)
        if not change:
            let_author_in(edition=obj, by=signed_in(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Render as Django does. Links lead to the saved web address, also while another one is being corrected."""
        if obj := kwargs.get("obj"):
            context["edition"] = Edition.objects.get(pk=obj.pk)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """Stay on the settings, also under a new web address."""
        response = super().response_change(request, obj)
        return self.response_post_save_change(request, obj) if "_continue" in request.POST else response

    def response_post_save_change(self, request: HttpRequest, obj: Edition) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("programme-staff:settings", args=[obj.slug]))

    def response_post_save_add(self, request: HttpRequest, obj: Edition) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("programme-staff:overview", args=[obj.slug]))

    @admin.display(description=_("sessions"), ordering="n_sessions")
    def sessions_link(self, edition: Edition) -> SafeString:
        url = reverse("programme-staff:sessions", args=[edition.slug])
        return format_html('<a href="{}">{}</a>', url, edition.n_sessions)


def say_what_follows(request: HttpRequest, edition: Edition) -> None:
    """Say what to do once cities apply for a place: when, with which answers, and by which criteria they are scored."""
    if edition.applications_open_at:
        text = gettext(
            "Cities can apply for a place. Check what they are asked, and add criteria by which you score them."
        )
    else:
        text = gettext(
            "Nobody can apply yet: enter below when applications open. Check what cities are asked, and add criteria by which "
            "you score them."
        )
    links = [
        (reverse(f"programme-staff:{name}", args=[edition.slug]), label)
        for name, label in (("questions", gettext("Questions")), ("application-criteria", gettext("Criteria")))
    ]
    shown = format_html_join(mark_safe(" · "), '<a href="{}">{}</a>', links)
    messages.info(request, format_html("{} {}", text, shown))
