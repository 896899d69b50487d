"""Whose data each field of each model holds, why, and for how long: declared in each application's `personal_data.toml`.

A section is a model; every field but a numbered primary key is in one of its lists. A test fails for a field that is in none.

`person`: the lookup that leads from a row to the account that it is about; `address`: the field with an email address, where there is no account;
`nobody`: the fields of a model about no person in particular.
`given`: what the person gets when they download their data; `others`: who or what else is named, such as the organiser who decided;
`secret`: what opens something to whoever has it; `technical`: numbers that say nothing more; `file`: the field with a file's content.
`why`, `kept`: keys of WHY and KEPT.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import AutoField, Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

WHY = {
    "account": _("so that you can sign in"),
    "application": _("to choose the cities that take part"),
    "attendance": _("to establish and prove who attended which session"),
    "certificate": _("to issue certificates that others can check"),
    "email": _("to write to you, and to know whether it arrived"),
    "oversight": _("to see later who changed or looked at what"),
    "plans": _("to write and discuss the Action Plans of cities"),
    "programme": _("to plan sessions, seats and meals"),
    "registration": _("to know who takes part, for which city, and what they need"),
    "security": _("to protect your account"),
}
KEPT = {
    "account": _("as long as your account"),
    "application": _("until the organisers’ time for applications is over"),
    "draft": _("until it is sent"),
    "edition": _("as long as the edition"),
    "hours": _("for some hours"),
    "message": _("the text for a year, that it was sent as long as the edition"),
    "proof": _("as long as attendance can be asked about; it is only added to"),
    "question": _("as long as the question says"),
    "sign_in": _("until you sign out, or the sign-in expires"),
    "unmatched": _("30 days after the session where nobody was recognised, else as long as the edition"),
}
FIELDS = ("given", "others", "secret", "technical", "nobody")


@dataclass(frozen=True)
class Declaration:
    """What is declared of a model. Each list holds names of fields."""

    model: type[Model]
    person: str = ""
    address: str = ""
    why: str = ""
    kept: str = ""
    file: str = ""
    given: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    technical: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()

    @property
    def declared(self) -> list[str]:
        lists = (*(getattr(self, name) for name in FIELDS), (self.file,) if self.file else ())
        return [field for names in lists for field in names]

    @property
    def is_personal(self) -> bool:
        return bool(self.person or self.address)


@cache
def declarations() -> dict[str, Declaration]:
    """Return what is declared, by label of the model: "programme.Seat"."""
    return {it.model._meta.label: it for it in read_declarations()}


def read_declarations() -> Iterator[Declaration]:
    folders = {Path(__file__).parent, *(Path(it.path) for it in apps.get_app_configs())}
    files = (folder / "personal_data.toml" for folder in folders)
    for file in sorted((it for it in files if it.exists()), reverse=True):  # the account first
        for app_label, models in tomllib.loads(file.read_text()).items():
            for name, values in models.items():
                yield Declaration(apps.get_model(app_label, name), **{key: read(key, it) for key, it in values.items()})


def read(key: str, value: str) -> Any:
    return tuple(value.split()) if key in FIELDS else value


def fields_of(model: type[Model]) -> set[str]:
    """Return the names of a model's own fields, without a primary key that is only a number."""
    fields = (*model._meta.local_concrete_fields, *model._meta.local_many_to_many)
    return {it.name for it in fields if not isinstance(it, AutoField)}


def undeclared() -> list[str]:
    """Return what no declaration, or more than one, says anything about: models, or fields as "programme.Seat.state".

    Histories hold what their models do. A join table of a many-to-many field is declared with the field.
    """
    known, problems = declarations(), []
    for model in apps.get_models():
        if hasattr(model, "pgh_tracked_model") or model._meta.proxy or not model._meta.managed:
            continue
        label = model._meta.label
        declared = known[label].declared if label in known else []
        if len(declared) != len(set(declared)) or set(declared) != fields_of(model):
            problems += [f"{label}.{name}" for name in sorted(set(declared) ^ fields_of(model)) or ["*"]]
    return problems


def record_of_processing() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Return for each purpose the kinds of records about people, in words, and how long each is kept."""
    rows: dict[str, list[tuple[str, Any]]] = {why: [] for why in WHY}
    for it in declarations().values():
        if it.is_personal:
            rows[it.why].append((capfirst(str(it.model._meta.verbose_name_plural)), KEPT[it.kept]))
    return [(WHY[why], sorted(kinds, key=lambda kind: kind[0])) for why, kinds in rows.items()]
