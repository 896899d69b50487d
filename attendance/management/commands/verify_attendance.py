import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attendance.models import Seal
from attendance.queries.seal_verification import Fault, count_waiting, proof_of, record_faults, seal_faults
from attendance.rules.seals import as_text
from programme.management.arguments import edition_called
from programme.models import Edition, Participant, Session
from udtacademy.db.snapshots import one_snapshot


class Command(BaseCommand):
    help = (
        "Compare evidence, decisions and certificates with the seals over them, and name what was changed, removed or inserted"
        " behind the application's back. Fails if anything was. Changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", help="the edition's slug, such as udt-2025")
        parser.add_argument(
            "--seal", help="a seal's hash that you were sent or that was printed: check that it is in the chain"
        )
        parser.add_argument(
            "--proof",
            nargs=2,
            metavar=("PARTICIPANT", "SESSION"),
            help="print, as JSON, what proves the records of one person (by number) about one session (by slug)",
        )

    def handle(
        self, *_args: Any, edition: str, seal: str | None, proof: tuple[str, str] | None, **_options: Any
    ) -> None:
        chosen = edition_called(edition)
        with one_snapshot():  # what is recorded and sealed meanwhile is no fault
            self.stdout.write(proof_as_json(chosen, *proof) if proof else verified(chosen, seal))


def verified(edition: Edition, seal: str | None) -> str:
    """Return what was found in order. Raises CommandError that names what is not."""
    found = f"The hash is that of {seal_with(edition, seal)}.\n" if seal else ""
    faults = [sentence(it) for checked in (record_faults, seal_faults) for it in checked(edition)]
    if faults:
        raise CommandError("\n".join([f"{len(faults)} things do not agree with what was sealed:", *faults]))
    return found + state_of(edition)


def state_of(edition: Edition) -> str:
    last = Seal.objects.filter(edition=edition).order_by("number").last()
    waiting = count_waiting(edition)
    if last is None:
        return f"Nothing is sealed yet. {waiting} records wait to be sealed."
    return (
        f"All records are as they were sealed. Last seal: {last.number}, {as_text(last.sealed_at)},"
        f" hash {bytes(last.digest).hex()}. {waiting} records wait to be sealed."
    )


def sentence(fault: Fault) -> str:
    """Return a fault as a line: evidence 12 was changed (participant 7, session 3)."""
    about = ", ".join(
        f"{name.removesuffix('_id')} {fault.values[name]}"
        for name in ("participant_id", "session_id", "sealed_at")
        if name in fault.values
    )
    return f"{fault.kind} {fault.pk} was {fault.what}" + (f" ({about})" if about else "")


def seal_with(edition: Edition, digest: str) -> str:
    try:
        wanted = bytes.fromhex(digest)
    except ValueError:
        raise CommandError("A seal's hash has 64 hexadecimal digits.") from None
    seal = Seal.objects.filter(edition=edition, digest=wanted).first()
    if seal is None:
        raise CommandError("No seal of this edition has this hash: the chain is another one, or it was rewritten.")
    return f"seal {seal.number}, {as_text(seal.sealed_at)}"


def proof_as_json(edition: Edition, participant: str, session: str) -> str:
    person = Participant.objects.filter(edition=edition, pk=int(participant) if participant.isdecimal() else 0).first()
    about = Session.objects.filter(edition=edition, slug=session).select_related("edition").first()
    if person is None or about is None:
        raise CommandError(f"There is no such {'session' if person else 'participant'} in {edition}.")
    proof = proof_of(person, about)
    if proof["n_waiting"] or not proof["records"]:
        raise CommandError(
            f"{len(proof['records'])} records about them are sealed, {proof['n_waiting']} wait to be sealed."
            " There is a proof once there are records and all are sealed, within five minutes."
        )
    return json.dumps(proof, default=as_text, ensure_ascii=False, indent=2)
