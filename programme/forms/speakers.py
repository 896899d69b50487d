"""Forms about speakers: what organisers enter, and what speakers answer by their link (decision 74)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programme.actions.speaker_answers import About
from programme.actions.speakers import NewSpeaker
from programme.formats import session_time, title_with_time
from programme.forms.answers import OneLineField, TextAreaField
from programme.models import Edition, Session, SessionSpeaker, Speaker
from programme.models.speaker import LONGEST_ABOUT
from udtacademy.db.address_fields import AddressFormField
from udtacademy.db.fields import validate_name

COMES = [("yes", _("Yes, I come")), ("no", _("No, I cannot come"))]
PICTURES = ".jpg,.jpeg,.png"


def line(label: Any, **kwargs: Any) -> OneLineField:
    return OneLineField(label=label, max_length=200, required=False, **kwargs)


class SessionField(forms.ModelChoiceField[Session]):
    def label_from_instance(self, obj: Session) -> str:
        return title_with_time(obj)


class NewSpeakerForm(forms.Form):
    """Somebody to add to a session."""

    session = SessionField(Session.objects.none(), label=_("Session"), empty_label=_("Choose a session"))
    part = forms.ChoiceField(label=_("Part"), choices=SessionSpeaker.Part, widget=forms.RadioSelect, initial="speaker")
    name = OneLineField(label=_("Full name"), max_length=200, validators=[validate_name])
    email = AddressFormField(
        label=_("Email address"), help_text=_("Only organisers see it. The personal link is sent there.")
    )
    role = line(_("Role"), help_text=_("What they do, such as “Head of urban planning”."))
    organisation = line(_("Organisation"))

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions = edition.sessions.exclude(format=Session.Format.BREAK).in_programme_order()
        self.fields["session"].queryset = sessions  # type: ignore[attr-defined]

    @property
    def person(self) -> NewSpeaker:
        return NewSpeaker(**{name: self.cleaned_data[name] for name in ("name", "email", "role", "organisation")})


class SpeakerForm(forms.ModelForm[Speaker]):
    """What organisers correct. What the person has written about themselves is theirs.

    `seen`: the token of the speaker whom the form was filled with.
    """

    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    class Meta:
        model = Speaker
        fields = ("name", "email", "role", "organisation")
        help_texts = {  # noqa: RUF012 - as Django's forms have them
            "email": _(
                "Another address may be another person’s: the link no longer works, and answers, consent, text and picture "
                "are deleted. You can send a new link."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.seen


class SpeakerAnswerForm(forms.Form):
    """A speaker's answer: whether they come to each session, and what is shown of them."""

    name = OneLineField(
        label=_("Full name"),
        max_length=200,
        autocomplete="name",
        validators=[validate_name],
        error_messages={"required": _("Enter your name.")},
    )
    role = line(
        _("Role"), autocomplete="organization-title", help_text=_("What you do, such as “Head of urban planning”.")
    )
    organisation = line(_("Organisation"), autocomplete="organization")
    about = TextAreaField(
        label=_("About you"),
        max_length=LONGEST_ABOUT,
        rows=5,
        required=False,
        help_text=_("Two or three sentences, for the page of the session."),
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG or PNG, at most 2 MB. We keep the picture only, not where and when it was taken."),
        widget=forms.FileInput({"accept": PICTURES, "data-smaller": "640"}),
    )
    consents = forms.BooleanField(
        label=_(
            "Show my name, role, organisation, text and picture on the programme’s pages, and my name in its calendar"
        ),
        required=False,
        help_text=_(
            "Everybody can read them. You can take this back at any time, on this page. "
            "Without it, we keep neither your text nor your picture."
        ),
    )

    def __init__(self, posted: Any = None, files: Any = None, *, speaker: Speaker, rows: list[SessionSpeaker]) -> None:
        """Ask about the sessions of `rows`."""
        about = {name: getattr(speaker, name) for name in ("name", "role", "organisation", "about")}
        answers = {name_of(it): "yes" if it.confirmed_at else "no" for it in rows if not it.is_open}
        consents = speaker.consented_at is not None
        super().__init__(posted, files, initial=about | answers | {"consents": consents})
        self.rows = rows
        for row in rows:
            self.fields[name_of(row)] = forms.ChoiceField(
                label=asked(row),
                help_text=session_time(row.session),
                choices=COMES,
                widget=forms.RadioSelect,
                error_messages={"required": _("Say whether you come to “%(session)s”.") % {"session": row.session}},
            )
        self.order_fields([*map(name_of, rows), *about])

    @property
    def values(self) -> About:
        return About(**{name: self.cleaned_data[name] for name in ("name", "role", "organisation", "about")})

    @property
    def answers(self) -> dict[int, bool]:
        return {it.pk: self.cleaned_data[name_of(it)] == "yes" for it in self.rows}


def name_of(row: SessionSpeaker) -> str:
    return f"session-{row.pk}"


def asked(row: SessionSpeaker) -> str:
    """Return the question whether the person comes, by what they do in the session."""
    if row.part == SessionSpeaker.Part.MODERATOR:
        return str(_("Do you moderate “%(session)s”?") % {"session": row.session})
    return str(_("Do you speak at “%(session)s”?") % {"session": row.session})
