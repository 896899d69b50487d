"""The site as an issuer of digital credentials: its did:web, its keys, and what it signs (decision 71)."""

import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from django.conf import settings

ALGORITHM = "ES256"
VERIFIABLE_CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"]


def can_sign() -> bool:
    """Return whether the site has a key, without which it offers no credentials."""
    return settings.CREDENTIAL_KEYS.private is not None


def did() -> str:
    """Return who issues: the site's host, as did:web writes it."""
    return f"did:web:{urlsplit(settings.SITE_URL).netloc.replace(':', '%3A')}"


def did_document() -> dict[str, Any]:
    """Return the keys that count as the issuer's, the present one first."""
    issuer = did()
    methods = [
        {
            "id": key_id(key),
            "type": "JsonWebKey2020",
            "controller": issuer,
            "publicKeyJwk": public_jwk(key),
        }
        for key in settings.CREDENTIAL_KEYS.published
    ]
    return {
        "@context": CONTEXTS,
        "id": issuer,
        "verificationMethod": methods,
        "assertionMethod": [it["id"] for it in methods],
    }


def signed(payload: dict[str, Any]) -> str:
    """Return a payload as a JWT of the site. There is a key (`can_sign`)."""
    import jwt  # noqa: PLC0415 - heavy library rarely needed

    key: EllipticCurvePrivateKey = settings.CREDENTIAL_KEYS.private  # type: ignore[assignment]  # as `can_sign` says
    return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": key_id(key.public_key())})


def read_token(token: str) -> dict[str, Any] | None:
    """Return the payload of a JWT that one of the site's keys has signed; None of any other text."""
    import jwt  # noqa: PLC0415 - heavy library rarely needed

    try:
        named = jwt.get_unverified_header(token).get("kid")
        key = next(it for it in settings.CREDENTIAL_KEYS.published if key_id(it) == named)
        return jwt.decode(token, key, algorithms=[ALGORITHM], issuer=did(), options={"require": ["iss", "jti", "nbf"]})
    except (jwt.InvalidTokenError, StopIteration):
        return None


def key_id(key: EllipticCurvePublicKey) -> str:
    """Return a key's address in the document: the issuer and the key's thumbprint (RFC 7638)."""
    from jwt.utils import base64url_encode  # noqa: PLC0415 - heavy library rarely needed

    members = {name: value for name, value in public_jwk(key).items() if name in {"crv", "kty", "x", "y"}}
    digest = Hash(SHA256())
    digest.update(json.dumps(members, sort_keys=True, separators=(",", ":")).encode())
    return f"{did()}#{base64url_encode(digest.finalize()).decode()}"


def public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    from jwt.algorithms import ECAlgorithm  # noqa: PLC0415 - heavy library rarely needed

    jwk: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return jwk
