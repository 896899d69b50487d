"""Forms for registration and profile. Each question says why it is asked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.utils.choices import flatten_choices
from django.utils.translation import gettext_lazy as _

from programme.actions.profiles import Answers, Stay
from programme.forms.answer_fields import AnswerField
from programme.forms.local_times import show_local_times
from programme.forms.privacy import add_privacy
from programme.forms.questions import LONGEST_ANSWER, QuestionsForm, typed_own_answers
from programme.forms.selects import CachedSelect, CityField
from programme.forms.stays import STAY, arrival_field, days_in_person, departure_field, read_stay
from programme.forms.zones import ZoneChoices, ZoneField
from programme.models import Delegation, Participant
from programme.models.city import city_in_words
from programme.models.system_questions import WORDINGS
from programme.queries.asked import ABOUT_SESSIONS
from programme.queries.published_programme import PublishedProgramme
from programme.rules.answers import TOO_LONG
from programme.rules.questions import OF_PROFILE, Answer, When
from udtacademy.accounts.models import User
from udtacademy.db.fields import validate_name, validate_readable
from udtacademy.time_zones import zone_names

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class OneLineField(forms.CharField):
    """A line of readable text."""

    default_validators = [validate_readable]  # noqa: RUF012 - as Django's fields have them

    def __init__(self, *, max_length: int, autocomplete: str = "off", **kwargs: Any) -> None:
        widget = forms.TextInput({"autocomplete": autocomplete})
        super().__init__(max_length=max_length, widget=widget, **kwargs)
        self.error_messages["max_length"] = TOO_LONG

    def to_python(self, value: Any) -> Any:
        """Replace line ends and repeated spaces, as pasted from spreadsheets and PDFs, with one space."""
        text = super().to_python(value)
        return " ".join(text.split()) if isinstance(text, str) else text


class TextAreaField(forms.CharField):
    default_validators = [validate_readable]  # noqa: RUF012 - as above

    def __init__(self, *, max_length: int, rows: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, widget=forms.Textarea({"rows": rows}), **kwargs)
        self.error_messages["max_length"] = TOO_LONG


def yes_or_no(label: Any, why: Any, missing: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=why,
        choices=YES_NO,
        coerce=lambda answer: answer == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": missing},
    )


class AnswersForm(QuestionsForm):
    """Questions about a person. Those about the in-person part are left out of editions without one, and the language on a site
    that has only one.
    """

    name = OneLineField(
        label=_("Full name"),
        max_length=200,
        autocomplete="name",
        help_text=_("As it should appear on your badge and certificate."),
        validators=[validate_name],
        error_messages={"required": _("Enter your name.")},
    )
    job_title = OneLineField(
        label=WORDINGS["job_title"].label,
        max_length=120,
        autocomplete="organization-title",
        help_text=WORDINGS["job_title"].hint,
        error_messages={"required": _("Enter your job title.")},
    )
    department = OneLineField(
        label=WORDINGS["department"].label,
        max_length=120,
        help_text=WORDINGS["department"].hint,
        error_messages={"required": _("Enter the department you work in.")},
    )
    hopes = TextAreaField(
        label=WORDINGS["hopes"].label,
        max_length=2000,
        rows=4,
        help_text=WORDINGS["hopes"].hint,
        error_messages={"required": _("Enter what you hope to learn.")},
    )
    dietary_needs = OneLineField(
        label=WORDINGS["dietary_needs"].label,
        max_length=500,
        required=False,
        help_text=WORDINGS["dietary_needs"].hint,
    )
    accessibility_needs = OneLineField(
        label=WORDINGS["accessibility_needs"].label,
        max_length=500,
        required=False,
        help_text=WORDINGS["accessibility_needs"].hint,
    )
    wants_expo_pass = yes_or_no(
        *WORDINGS["wants_expo_pass"],
        _("Choose whether you would like a pass to the Expo."),
    )
    photo_consent = yes_or_no(
        *WORDINGS["photo_consent"],
        _("Choose whether you agree to appear in photos."),
    )
    language = forms.ChoiceField(
        label=_("Preferred language"),
        choices=lambda: settings.LANGUAGES,
        widget=CachedSelect,
        initial=settings.LANGUAGE_CODE,
        help_text=_("For this site and our emails. Sessions are in English."),
    )
    time_zone = ZoneField(
        label=_("Your time zone"),
        help_text=_("Reminders also show the time in your time zone."),
    )

    def __init__(
        self,
        *args: Any,
        programme: PublishedProgramme,
        occasions: Collection[When] = (When.REGISTRATION,),
        is_coordinator: bool = False,
        present: Mapping[str, Answer] | None = None,
        **kwargs: Any,
    ) -> None:
        """Ask what is asked on some occasions of somebody with answers by key (`present`)."""
        super().__init__(*args, **kwargs)
        self.edition = programme.edition
        add_privacy(self)
        formats = programme.formats
        self.leave_out(*(name for name, needed in ABOUT_SESSIONS.items() if needed not in formats))
        if len(settings.LANGUAGES) == 1:
            self.leave_out("language")  # there is no choice, and what they chose before stays
        questions = programme.questions
        self.ask(self.edition, questions, occasions=occasions, is_coordinator=is_coordinator, present=present)
        if (
            not self.is_bound and self.initial.get("time_zone") not in zone_names()
        ):  # else a browser would choose the first
            self.initial["time_zone"] = self.edition.time_zone
            self.fields["time_zone"].widget.attrs["data-suggest-zone"] = ""
        self.fields["time_zone"].choices = ZoneChoices(str(self["time_zone"].value() or ""))  # type: ignore[attr-defined]

    def leave_out(self, *names: str) -> None:
        for name in names:
            del self.fields[name]

    def answers(self) -> Answers:
        """Return the answers of a valid form; questions not asked are None."""
        known = Answers.__dataclass_fields__
        values = {name: value for name, value in self.cleaned_data.items() if name in known}
        emptied = frozenset(name for name in self.hidden if self.questions[name].is_system)
        return Answers(**values, own=self.own_answers(), dropped=self.dropped(), emptied=emptied)


class ProfileForm(AnswersForm):
    """The questions to somebody who has answered them before; also when they arrive, which few know when they register."""

    arrives_at = arrival_field()
    leaves_at = departure_field()

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        super().__init__(*args, occasions=OF_PROFILE, is_coordinator=participant.is_coordinator, **kwargs)
        self.participant = participant
        self.days = days_in_person(self.edition)
        is_asked = bool(self.days) and (not self.is_bound or has_stay(self.data))
        self.stay = [name for name in STAY if name in self.fields] if is_asked else []
        if not self.days:
            self.leave_out(*(name for name in STAY if name in self.fields))
            return
        show_local_times(self, self.stay, participant, self.edition)
        for name in self.stay:
            self.fields[name].widget.use_fieldset = True
            if not self.fields[name].help_text:
                self.fields[name].help_text = WORDINGS[name].hint % {"place": self.edition.place_of_zone}
            typed = [self.initial.get(part) for part in parts_of(name)]
            if any(text is not None for text in typed):
                self.initial[name] = typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.stay:
            read_stay(self, self.participant, self.edition, self.days)
        return cleaned

    def answers(self) -> Answers:
        times = {name: getattr(self.participant, name) for name in STAY} | {
            it: self.cleaned_data[it] for it in self.stay
        }
        return replace(super().answers(), stay=Stay(**times) if self.stay else None)


class RegistrationForm(AnswersForm):
    """The questions, with the city first unless an invitation determines it."""

    delegation = CityField(
        label=_("Your city"),
        empty_label=_("Choose your city"),
        help_text=_("The cities of this edition. If yours is missing, write to the organisers."),
        error_messages={"required": _("Choose your city."), "invalid_choice": _("Choose a city of this edition.")},
    )
    field_order = ("delegation",)
    has_draft = True

    def __init__(self, *args: Any, delegation: Delegation | None, email: str = "", **kwargs: Any) -> None:
        """Offer the cities, unless invited to one (`delegation`). `email`: the confirmed address, whose city is preselected."""
        super().__init__(*args, **kwargs)
        self.invited_to = delegation
        if delegation:
            self.leave_out("delegation")
            return
        field = self.fields["delegation"]
        assert isinstance(field, CityField)  # noqa: S101 - declared above
        field.offer(self.edition, email=email, marks_full=True)
        if not self.is_bound and not self.initial.get("delegation") and (theirs := field.of_address()):
            self.initial["delegation"] = theirs
            field.help_text = _(
                "Chosen by the domain of your email address. If you work for another city, choose that."
            )

    def label_of(self, name: str) -> str:
        """Return an answer of a valid form in the words of the form."""
        value, field = self.cleaned_data[name], self.fields[name]
        if isinstance(field, AnswerField):
            return field.question.in_words(value)
        if value is None:
            return ""
        if isinstance(value, Delegation):
            return city_in_words(value.city.name, value.city.country)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
        labels: dict[Any, Any] = dict(flatten_choices(choices))
        return str(labels.get(value, value))

    @property
    def chosen(self) -> Delegation:
        """Return the delegation of a valid form."""
        return self.invited_to or self.cleaned_data["delegation"]


def parts_of(name: str) -> list[str]:
    """Return the names of the inputs for a date and a time."""
    return [f"{name}_{number}" for number in range(2)]


def has_stay(posted: Mapping[str, Any]) -> bool:
    """Return whether a form had the fields of the stay, filled in or not: what was not on it stays as it is."""
    return any(part in posted for name in STAY for part in parts_of(name))


def typed_answers(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return posted answers, not validated, for form recovery: without NUL, and shortened."""
    names = [*RegistrationForm.base_fields, *(part for name in STAY for part in parts_of(name))]
    typed = {
        name: str(posted[name]).replace("\0", "")[:LONGEST_ANSWER]
        for name in names
        if isinstance(posted.get(name), str)
    }
    return typed | typed_own_answers(posted)


def answers_about(user: User) -> dict[str, str]:
    """Return the answers known from the user."""
    return {"name": user.name, "language": user.language, "time_zone": user.time_zone}


def answers_of(participant: Participant) -> dict[str, Any]:
    """Return a participant's answers as initial values of the form."""
    passes = Participant.ExpoPass
    as_word: Callable[[bool | None], str] = lambda it: {True: "yes", False: "no", None: ""}[it]  # noqa: E731 - short
    return {
        **answers_about(participant.user),
        **{name: getattr(participant, name) for name in ("job_title", "department", "hopes")},
        **{name: getattr(participant, name) for name in ("dietary_needs", "accessibility_needs")},
        "photo_consent": as_word(participant.photo_consent),
        "wants_expo_pass": as_word(
            {passes.WANTED: True, passes.ISSUED: True, passes.DECLINED: False}.get(passes(participant.expo_pass))
        ),
    }
