"""Digital credentials, checked by programs that share no code with ours: one in Node, and openbadgeslib."""

import base64
import json

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from attendance.actions.certificates import revoke_certificate
from attendance.actions.status_lists import number_certificates
from attendance.certificates.issuer import ALGORITHM, did, key_id
from attendance.models import CertificateSession
from tests import node
from tests.factories.attendance import CertificateFactory
from udtacademy.credential_keys import CredentialKeys

HOUR = 3600  # seconds


@pytest.fixture
def keys(settings):
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    return settings.CREDENTIAL_KEYS


@pytest.fixture
def site(live_server, settings):
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    return live_server.url


@pytest.fixture
def certificate(ana, over, organiser):
    made = CertificateFactory(participant=ana, issued_by=organiser, organiser_name="Our Network")
    CertificateSession.objects.create(
        certificate=made,
        edition=made.edition,
        participant=ana,
        session=over,
        counted_as="attended",
        is_listed=True,
        title="Peer-learning: “from challenge”",
        held_on=over.local_day,
        minutes=60,
        position=0,
    )
    number_certificates()
    return made


def issue_for(certificate, organiser):
    """Return the certificate that replaces a revoked one; it lists no session."""
    made = CertificateFactory(participant=certificate.participant, issued_by=organiser, replaces=certificate)
    number_certificates()
    return made


def downloaded(client, ana, form="jwt"):
    client.force_login(ana.user)
    response = client.get(f"/portal/academy/attendance/credential.{form}")
    assert response.status_code == 200
    return response.content


def checked(*files, now=None):
    """Return what the other program says of some files. `now`: its clock, in seconds."""
    source = json.dumps([{"file": base64.b64encode(it).decode(), "now": now} for it in files])
    done = node.run("check_credential.cjs", source=source)
    assert done.stderr == ""
    return json.loads(done.stdout)


def payload_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def with_name(token, name):
    """Return a token that says another name, with the signature as it was."""
    head, _payload, signature = token.split(".")
    payload = payload_of(token)
    payload["credentialSubject"]["identifier"][0]["identityHash"] = name
    changed = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}".encode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_stranger_checks_a_credential_and_refuses_what_is_not_ours(
    client, ana, certificate, organiser, keys, site, settings
):
    jwt_file, svg, png = (downloaded(client, ana, form) for form in ("jwt", "svg", "png"))
    token, good = jwt_file.decode(), {"name": "Ana Anaya", "sessions": ["Peer-learning: “from challenge”"]}
    changed = jwt_file[:-9] + (b"A" if jwt_file[-9:-8] != b"A" else b"B") + jwt_file[-8:]
    renamed = with_name(token, "Bob Bose")
    forged = jwt.encode(
        payload_of(token),
        generate_private_key(SECP256R1()),
        algorithm=ALGORITHM,
        headers={"kid": key_id(keys.private.public_key())},
    ).encode()

    assert checked(jwt_file, svg, png) == [good] * 3
    assert checked(changed, renamed, forged) == [{"refused": "signature"}] * 3
    assert checked(jwt_file, now=payload_of(token)["nbf"] + HOUR) == [{"refused": "stale status list"}]

    new = generate_private_key(SECP256R1())
    settings.CREDENTIAL_KEYS = CredentialKeys(new, (keys.private.public_key(),))
    assert checked(jwt_file) == [good]  # signed by a former key
    revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)
    again = issue_for(certificate, organiser)
    assert checked(jwt_file, downloaded(client, ana)) == [{"refused": "revoked"}, good | {"sessions": []}]
    settings.CREDENTIAL_KEYS = CredentialKeys(new)
    assert checked(jwt_file) == [{"refused": "unknown key"}]
    assert again.status_entry.index != certificate.status_entry.index


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_library_for_open_badges_reads_it(client, ana, certificate, organiser, keys, site):
    jwt_file, svg, png = (downloaded(client, ana, form) for form in ("jwt", "svg", "png"))

    def download(address):
        return requests.get(address.replace("https://localhost", "http://localhost"), timeout=10).content

    verifier, token = OB3Verifier.for_issuer_did(did(), download=download), jwt_file.decode()

    credential = verifier.verify(token, check_status=True, download=download)

    assert payload_of(OB3Verifier.extract_token_from_svg(svg)) == payload_of(token)
    assert payload_of(OB3Verifier.extract_token_from_png(png)) == payload_of(token)
    assert (credential.issuer.name, credential.identifiers[0].identity_hash) == ("Our Network", "Ana Anaya")
    revoke_certificate(certificate=certificate, reason="Misspelt", by=organiser)
    with pytest.raises(OB3VerificationError, match="revoked"):
        verifier.verify(token, check_status=True, download=download)
