"""The style guide: each component of the pages in each state, from their own templates, with invented content."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import module_has_submodule
from django.views.decorators.http import require_safe

from udtacademy.http.error_pages import error_page

ZONE = ZoneInfo("Europe/Madrid")


@dataclass(frozen=True)
class Part:
    """A part of the guide. Its template finds what `sample` returns as `sample`."""

    slug: str
    label: str
    template: str
    sample: Callable[[], dict[str, Any]] = dict
    is_for_organisers: bool = False  # shown with the style sheets of the admin


class SampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label="Full name")
    email = forms.EmailField(label="Email address", help_text="We send a code to it.")
    role = forms.CharField(label="Job title", required=False, help_text="Shown to your city’s coordinator.")
    closed = forms.CharField(label="City", disabled=True, initial="Aldermere (IE)")
    country = forms.ChoiceField(label="Country", choices=[("", "Choose a country"), ("ie", "Ireland")])
    needs = forms.CharField(label="What you need", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    photos = forms.ChoiceField(
        label="May you be photographed?", choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect
    )
    notices = forms.BooleanField(label="Remind me of optional sessions", required=False, help_text="You can mute it.")
    file = forms.FileField(label="Attendance report", required=False)


def forms_in_each_state() -> dict[str, Any]:
    """Return a form that is filled in well, and one with something wrong in each field."""
    wrong = {"email": "carme@", "country": "xx", "needs": "A ramp"}
    return {
        "fine": SampleForm(initial={"name": "Carme Vidal", "photos": "y"}, auto_id="fine_%s"),
        "wrong": SampleForm(wrong, auto_id="wrong_%s"),
    }


PARTS = [
    Part("type", "Type and text", "devtools/_text.html"),
    Part("buttons", "Buttons and menus", "devtools/_buttons.html"),
    Part("badges", "Badges and notes", "devtools/_notes.html"),
    Part("fields", "Fields and errors", "devtools/_fields.html", forms_in_each_state),
    Part("lists", "Lists, tables and progress", "devtools/_lists.html"),
    Part("states", "Empty, loading and lost", "devtools/_states.html"),
    Part("admin", "Text, buttons and messages", "devtools/_admin.html", forms_in_each_state, is_for_organisers=True),
]


def all_parts() -> list[Part]:
    """Return the parts of the platform and of each application that has a `demo/styleguide.py`."""
    parts = list(PARTS)
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "demo"):
            demo = import_module(f"{config.name}.demo")
            if hasattr(demo, "__path__") and module_has_submodule(demo, "styleguide"):
                parts += import_module(f"{config.name}.demo.styleguide").PARTS
    return parts


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    return show(request, "devtools/styleguide.html")


@require_safe
def styleguide_admin(request: HttpRequest) -> HttpResponse:
    return show(request, "devtools/styleguide_admin.html", is_for_organisers=True)


@require_safe
def styleguide_error(_request: HttpRequest, status: int) -> HttpResponse:
    return error_page(status)


def show(request: HttpRequest, template: str, *, is_for_organisers: bool = False) -> HttpResponse:
    parts = [part for part in all_parts() if part.is_for_organisers == is_for_organisers]
    context = admin.site.each_context(request) if is_for_organisers else {}
    with timezone.override(ZONE):
        samples = [(part, part.sample()) for part in parts]
        return render(request, template, context | {"parts": samples, "title": "Style guide"})
