"""Issue, revoke and issue certificates again. What a certificate rests on is locked while it is issued (decision 70)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.attendances import Grounds, leave, recompute, refuse
from attendance.actions.locks import check_at_once, lock_cells, lock_certificates, lock_sessions_of
from attendance.models import Certificate, CertificateSession
from attendance.queries.certificate_grounds import Claim, claims_of, minutes_of
from programme import emails
from programme.errors import ProgrammeError
from programme.models import CertificateLayout, Edition, Participant
from programme.queries.certificate_layouts import layout_of
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.queue import ask_for

LONGEST_REASON = 500


@transaction.atomic
def issue_certificates(
    *,
    edition: Edition,
    people: Sequence[Participant],
    with_attended: bool = True,
    replaces: Mapping[int, Certificate] | None = None,
    by: User,
) -> list[Certificate]:
    """Issue certificates to those of some people who may have one, have a name, and have none that is valid. Their files follow by a task.

    `people`: `with_people`; `with_attended`: also to those who only took part; `replaces`: revoked certificates, by participant.
    """
    check_at_once()
    lock_sessions_of(edition.pk)
    claims = claims_of(edition, people, timezone.now(), is_locked=True)
    holders = set(Certificate.objects.valid().filter(participant__in=claims).values_list("participant", flat=True))
    due = [
        it
        for pk, it in claims.items()
        if pk not in holders and it.kind and (with_attended or it.is_completed) and it.participant.user.name.strip()
    ]
    layout = layout_of(edition)
    made = [certificate_of(it, edition, layout, by) for it in due]
    for certificate in made:
        certificate.replaces = (replaces or {}).get(certificate.participant_id)
    with acting(by):
        Certificate.objects.bulk_create(made)
        CertificateSession.objects.bulk_create(
            row for certificate, claim in zip(made, due, strict=True) for row in sessions_of(certificate, claim)
        )
    if made:
        transaction.on_commit(ask_for_files, robust=True)
    return made


def issue_certificate(*, participant: Participant, by: User, replaces: Certificate | None = None) -> Certificate:
    """Issue a certificate to one person. Raises ProgrammeError if they have a valid one, may have none, or have not given a name.

    `replaces`: a revoked one of theirs, instead of which it is issued; None too if another has replaced it.
    """
    if not participant.user.name.strip():
        raise ProgrammeError(_("Enter the person’s name first. The certificate says it."), code="name_missing")
    former = {participant.pk: replaces} if replaces and not hasattr(replaces, "replaced_by") else None
    made = issue_certificates(edition=participant.edition, people=[participant], replaces=former, by=by)
    if made:
        return made[0]
    if Certificate.objects.valid().filter(participant=participant).exists():
        text = _("%(name)s already has a valid certificate.")
        raise ProgrammeError(text % {"name": participant}, code="certificate_exists")
    text = _("%(name)s has attended no session, so there is nothing to certify.")
    raise ProgrammeError(text % {"name": participant}, code="nothing_attended")


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, by: User) -> bool:
    """Revoke a certificate, and tell its holder. Return whether that changed anything. The attendance that it rested on follows its
    records again.

    Raises ProgrammeError without a reason, or with one that is too long.
    """
    return bool(revoke([certificate.pk], reason=reason, by=by))


@transaction.atomic
def reissue_certificate(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """Revoke a certificate and issue another one from the present facts, in one step. Raises ProgrammeError as both do, and if
    the certificate was revoked meanwhile.
    """
    lock_sessions_of(certificate.edition_id)  # before attendance, as always
    revoked = revoke([certificate.pk], reason=reason, by=by, is_told=False)
    if not revoked:
        raise ProgrammeError(_("This certificate has been revoked. Issue a new one."), code="certificate_revoked")
    person = revoked[0].participant
    made = issue_certificates(edition=person.edition, people=[person], replaces={person.pk: revoked[0]}, by=by)
    if not made:
        text = _("%(name)s has attended no session, so there is nothing to certify.")
        raise ProgrammeError(text % {"name": person}, code="nothing_attended")
    return made[0]


def revoke_all(grounds: Grounds, *, shown: Collection[int], reason: str, by: User) -> None:
    """Revoke the certificates that rest on attendance which is about to change. It is locked, and the caller writes it.

    `shown`: which certificates may be revoked, by primary key. Raises CertificateAtStakeError of the others. Each holder reads
    the reason, unless it is about somebody who held their place before.
    """
    if new := [it for it in grounds if it.certificate_id not in shown]:
        refuse(new)
    changing = {(it.session_id, it.participant_id) for it in grounds}
    of_others = {it.certificate_id for it in grounds if it.participant_id != it.certificate.participant_id}
    of_holders = {it.certificate_id for it in grounds} - of_others
    neutral = _("The attendance that this certificate rested on has changed.")
    lock_certificates(of_holders | of_others)
    for certificates, why in ((of_holders, reason), (of_others, neutral)):
        if certificates:
            revoke(certificates, reason=why, by=by, written_by_caller=changing)


def revoke(
    certificates: Iterable[int],
    *,
    reason: str,
    by: User,
    is_told: bool = True,
    written_by_caller: Iterable[tuple[int, int]] = (),
) -> list[Certificate]:
    """Revoke those of some certificates that are valid, by primary key. Return them.

    First the attendance is locked, as always. `written_by_caller`: cells that are not recomputed here.
    """
    if not (reason := reason.strip()):
        raise ProgrammeError(_("Enter a reason."), code="reason_missing")
    if len(reason) > LONGEST_REASON:
        text = _("The reason must be %(n)s characters or fewer.")
        raise ProgrammeError(text % {"n": LONGEST_REASON}, code="reason_too_long")
    grounds = CertificateSession.objects.filter(certificate__in=list(certificates)).order_by()
    cells = set(grounds.values_list("session_id", "participant_id")) - set(written_by_caller)
    attendances = lock_cells(cells)
    rows = Certificate.objects.valid().filter(pk__in=list(certificates)).with_people()
    revoked = list(rows.select_for_update(of=["self"], no_key=True).order_by("pk"))
    for certificate in revoked:
        certificate.revoked_at, certificate.revoked_by, certificate.revoked_reason = timezone.now(), by, reason
        with acting(by):
            certificate.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
        if is_told:
            tell_revoked(certificate)
    if revoked:
        recompute(attendances, at_stake=leave)  # another person's certificate may rest on the same attendance
    return revoked


def tell_revoked(certificate: Certificate) -> None:
    emails.queue_to_participant(
        "certificate_revoked",
        certificate.participant,
        certificate=certificate,
        dedupe_key=f"certificate_revoked:{certificate.pk}",
    )


def certificate_of(claim: Claim, edition: Edition, layout: CertificateLayout, by: User) -> Certificate:
    """Return the certificate of a claim, not saved, with all that it says."""
    person = claim.participant
    language = layout.language_of(person.user.language)
    return Certificate(
        participant=person,
        edition=edition,
        kind=str(claim.kind),
        name=str(person),
        city=person.delegation.city.name,
        edition_name=edition.name,
        organiser_name=edition.organiser_name,
        logo_id=edition.logo_id,
        language=language,
        layout=layout.frozen(language),
        minutes=sum(minutes_of(it.session) for it in claim.listed),
        issued_by=by,
    )


def sessions_of(certificate: Certificate, claim: Claim) -> list[CertificateSession]:
    """Return what a certificate rests on, not saved."""
    listed = {it.session.pk for it in claim.listed}
    return [
        CertificateSession(
            certificate=certificate,
            participant_id=it.person,
            session=it.session,
            edition_id=certificate.edition_id,
            counted_as=str(it.counted_as),
            is_listed=it.session.pk in listed,
            title=it.session.title,
            held_on=it.session.local_day,
            minutes=minutes_of(it.session),
            position=position,
        )
        for position, it in enumerate(claim.grounds)
    ]


def ask_for_files() -> None:
    from attendance.tasks import make_certificate_files  # noqa: PLC0415 - task asked after commit

    ask_for(make_certificate_files)


def ask_for_runs() -> None:
    from attendance.tasks import make_certificates  # noqa: PLC0415 - task asked after commit

    ask_for(make_certificates)
