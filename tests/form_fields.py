"""Which fields of a page's forms are not on the page: a template that names fields, or passes a form on, can lose some."""

import re

from django.forms import BaseForm, BaseFormSet

BY_TEMPLATE = {  # forms of which a page shows some fields on purpose
    "DecisionForm",  # `revokes` only where a certificate is at stake
    "ProgrammeFileForm",  # `source` is on the page after the upload
    "RowForm",  # a new row has a token, others are picked; columns that an edition does not use are left out
}
BY_STATE = {  # forms that a page has, and shows in a state in which the objects of tests/test_access.py are not
    "AddEmailForm",  # not while a new address waits for its code
    "EmailForm",  # of an invitation: not of who is signed in
    "PersonForm",  # of a report: not once it was applied
    "RereadForm",
    "ShareForm",
}


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
    for form in (it for it in forms_of(response) if type(it).__name__ not in BY_TEMPLATE):
        name = type(form).__name__
        missing = [it.name for it in form if not is_named(it.html_name, names)]
        if missing and (len(missing) < len(form.fields) or (shows_forms and name not in BY_STATE)):
            lost += [f"{name}: {it}" for it in missing]
    return lost


def is_named(name, names):
    """Return whether an input has the name of a field, or one that its widget makes of it."""
    return any(it in {name, f"file-{name}"} or it.startswith(f"{name}_") for it in names)
