"""Write, plan, cancel and copy campaigns. `campaign_sending` sends them."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_campaign
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Campaign, CampaignRecipient, Edition, Participant, Unsubscription
from programme.placeholders import PLACEHOLDERS
from programme.queries.campaigns import recipients_of, texts_for, with_all
from programme.queries.exclusions import label_of, with_reason
from programme.queries.last_changes import last_change
from programme.rules.placeholders import mistakes_in
from programme.selections import Selection
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import ask_for, post

State = Campaign.State
LONGEST_WAIT = dt.timedelta(days=731)  # a later time would be a mistake


@transaction.atomic
def write_campaign(
    *, edition: Edition, selection: Selection, subject: str, text: str, by: User, token: uuid.UUID | None = None
) -> Campaign:
    """Save a new draft, and return it. `token`: identifies the form that was sent, so that sending it twice makes one draft.

    If it was changed before it was sent again, there are two.
    """
    values = {"edition": edition, "by": by, "selection": selection.as_json(), "subject": subject, "text": text}
    with acting(by):
        if token is None:
            return Campaign.objects.create(**values)
        campaign, is_new = Campaign.objects.get_or_create(token=token, defaults=values)
        is_same = is_new or all(getattr(campaign, name) == value for name, value in values.items())
        return campaign if is_same else Campaign.objects.create(**values)


@transaction.atomic
def change_campaign(
    *, campaign: Campaign, selection: Selection, subject: str, text: str, agreed_to: str, by: User
) -> Campaign:
    """Save changes of a draft, and return it. `agreed_to`: the token of the draft that the organiser changed.

    Raises ProgrammeError if it is no longer a draft, and NotAsReadError if somebody has changed it since.
    """
    locked = lock_campaign(campaign)
    check_is_draft(locked)
    check_is_as_read(locked, agreed_to, by)
    locked.selection, locked.subject, locked.text = selection.as_json(), subject, text
    with acting(by):
        locked.save(update_fields=["selection", "subject", "text"])
    return locked


@transaction.atomic
def delete_draft(*, campaign: Campaign, by: User) -> None:
    """Delete a draft. Raises ProgrammeError if it is none: what was planned stays on record."""
    locked = lock_campaign(campaign)
    check_is_draft(locked)
    with acting(by):
        locked.delete()


@transaction.atomic
def plan_campaign(*, campaign: Campaign, send_at: dt.datetime | None, agreed_to: str, by: User) -> bool:
    """Let a draft leave, at once or at a time to come. Return whether that is new: False if it was planned before.

    `agreed_to`: the token of the draft that the organiser has read. Raises NotAsReadError if somebody has changed it since;
    ProgrammeError if nobody would get it, for a time that is over, and in an edition that is not published.
    """
    locked, now = lock_campaign(campaign), timezone.now()
    if not locked.is_draft:
        return False
    check_is_as_read(locked, agreed_to, by)
    check_can_leave(locked, send_at, now)
    locked.state, locked.send_at, locked.by = State.PLANNED, send_at or now, by
    with acting(by):
        locked.save(update_fields=["state", "send_at", "by"])
    if send_at is None:
        transaction.on_commit(ask_to_send, robust=True)
    return True


def check_can_leave(campaign: Campaign, send_at: dt.datetime | None, now: dt.datetime) -> None:
    """Raise ProgrammeError with the reason why a campaign cannot leave."""
    if not campaign.edition.is_published:
        raise ProgrammeError(
            _("The edition is not published, so nobody can be emailed about it. Publish it first."),
            code="edition_not_published",
        )
    if send_at is not None and send_at <= now:
        raise ProgrammeError(_("This time is over. Choose a later one, or send the email now."), code="time_over")
    if send_at is not None and send_at > now + LONGEST_WAIT:
        raise ProgrammeError(_("This time is more than two years ahead. Choose an earlier one."), code="time_far_off")
    check_text(campaign)
    if not recipients_of(campaign.edition, Selection.from_json(campaign.selection), now).n:
        raise ProgrammeError(
            _("Nobody would get this email. Choose other people, or wait until there are some."), code="nobody_selected"
        )


def check_text(campaign: Campaign) -> None:
    """Raise ProgrammeError if the text has a placeholder that there no longer is: forms let no other one in."""
    unknown = mistakes_in(f"{campaign.subject}\n{campaign.text}", PLACEHOLDERS)
    if unknown:
        text = _("“%(placeholder)s” is no longer a placeholder. Change the text.")
        raise ProgrammeError(text % {"placeholder": unknown[0].shown}, code="unknown_placeholder")


def ask_to_send() -> None:
    from programme.tasks import send_campaigns  # noqa: PLC0415 - task asked after commit

    ask_for(send_campaigns)


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: User) -> bool:
    """Cancel a campaign that is planned. Return whether it was: False once it leaves, and if it was cancelled before."""
    locked = lock_campaign(campaign)
    if not locked.is_planned:
        return False
    locked.state, locked.ended_at = State.CANCELLED, timezone.now()
    with acting(by):
        locked.save(update_fields=["state", "ended_at"])
    return True


def copy_campaign(*, campaign: Campaign, by: User) -> Campaign:
    """Return a new draft with the text and the selection of a campaign."""
    selection = Selection.from_json(campaign.selection)
    return write_campaign(
        edition=campaign.edition, selection=selection, subject=campaign.subject, text=campaign.text, by=by
    )


@transaction.atomic
def send_test(*, campaign: Campaign, reader: Participant, by: User) -> Message:
    """Email the organiser what a reader would get. Needs of the reader what `texts_for` needs.

    Raises ProgrammeError if the text has a placeholder that there no longer is.
    """
    check_text(campaign)
    (message,) = composed(campaign, [reader], timezone.now(), template="campaign_test", to=by)
    post([message], by=by)
    return message


def composed(
    campaign: Campaign,
    readers: Sequence[Participant],
    now: dt.datetime,
    *,
    template: str = "campaign",
    to: User | None = None,
) -> list[Message]:
    """Return the message to each reader, or what they would get to somebody else (`to`). Not saved."""
    texts = texts_for(campaign.edition, campaign.subject, campaign.text, readers, now)
    messages = []
    for reader in readers:
        user, filled = to or reader.user, texts[reader.pk]
        message = emails.written(
            template,
            to=user.email,
            user=user,
            edition=campaign.edition,
            dedupe_key=None if to else campaign.key_of(reader.pk),
            subject=filled.subject,
            text=filled.text,
        )
        messages.append(message)
    return messages


def compose_again(*, message: Message) -> Message:
    """Compose what a campaign says today to whom it wrote this message. Not saved. Raises ProgrammeError for who is left out."""
    recipients = CampaignRecipient.objects.filter(message=first_of(message))
    recipient = recipients.select_related("campaign__edition").first()
    if recipient is None:
        raise ProgrammeError(_("They no longer take part in this edition."), code="not_taking_part")
    reader = with_all(with_reason(Participant.objects.filter(pk=recipient.participant_id))).get()
    if reader.left_out:
        text = _("They get no such emails: %(reason)s.") % {"reason": label_of(reader.left_out)}
        raise ProgrammeError(text, code="left_out")
    check_text(recipient.campaign)
    (again,) = composed(recipient.campaign, [reader], timezone.now())
    return again


def first_of(message: Message) -> int:
    """Return the primary key of the message that this one repeats, also if that was a repetition itself: only the first has a recipient."""
    number, key = message.pk, message.dedupe_key
    while key and key.startswith("again:"):
        number = int(key.split(":")[1])
        key = Message.objects.filter(pk=number).values_list("dedupe_key", flat=True).first()
    return number


def check_is_draft(campaign: Campaign) -> None:
    if not campaign.is_draft:
        raise ProgrammeError(
            _("This email is no longer a draft, so it cannot be changed. Copy it to write another."), code="not_a_draft"
        )


def check_is_as_read(campaign: Campaign, agreed_to: str, by: User) -> None:
    if agreed_to != token_of(campaign):
        who = last_change(Campaign, campaign.edition, by, pgh_obj=campaign.pk)
        text = _("This email has changed since you opened the page. Read it again before you go on.")
        raise NotAsReadError(f"{text} {who}".strip())


def token_of(campaign: Campaign) -> str:
    """Return a hash of what is sent to whom; it differs if somebody has changed it."""
    content = repr((Selection.from_json(campaign.selection), campaign.subject, campaign.text))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@transaction.atomic
def unsubscribe(*, participant: Participant, is_unsubscribed: bool, by: User | None) -> bool:
    """Turn campaigns of an edition off or on for somebody. Return whether that changed anything. `by`: None if they came by the link in an email."""
    with acting(by):
        if is_unsubscribed:
            return Unsubscription.objects.get_or_create(participant=participant)[1]
        return bool(Unsubscription.objects.filter(participant=participant).delete()[0])
