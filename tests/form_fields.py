"""Which fields of a page's forms are not on the page: a template that names fields, or passes a form on, can lose some."""

import re

from django.forms import BaseForm, BaseFormSet

ELSEWHERE = {"ProgrammeFileForm: source"}  # its template writes it by hand, on the page that comes after


def forms_of(response):
    """Yield each form that the contexts of a page have, once."""
    seen = set()
    for context in response.context or ():
        for layer in getattr(context, "dicts", ()):
            for value in layer.values():
                forms = value.forms if isinstance(value, BaseFormSet) else [value]
                for form in forms:
                    if isinstance(form, BaseForm) and id(form) not in seen:
                        seen.add(id(form))
                        yield form


def lost_fields(response, *, shows_forms=False):
    """Return the fields that are not on the page, as "form: field", of the forms in its contexts of which some are.

    `shows_forms`: also of those of which none is. Others may not be shown to this visitor, or in this state.
    """
    if response.streaming or response.headers.get("Content-Encoding"):
        return []
    names = re.findall(r'\bname="([^"]+)"', response.content.decode(errors="replace"))
    lost = []
    for form in forms_of(response):
        missing = [it.name for it in form if not is_named(it.html_name, names)]
        if missing and (shows_forms or len(missing) < len(form.fields)):
            lost += [f"{type(form).__name__}: {name}" for name in missing]
    return [it for it in lost if it not in ELSEWHERE]


def is_named(name, names):
    """Return whether an input has the name of a field, or one that its widget makes of it."""
    return any(it in {name, f"file-{name}"} or it.startswith(f"{name}_") for it in names)
