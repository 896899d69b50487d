"""The keys of digital credentials, checked. Read by the settings, so it imports none of Django."""

import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from environs import Env, EnvError

PUBLIC_KEY = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
HOW = " Better name a file in {name}_FILE. docs/operators.md, “Digital credentials”, has the commands."


@dataclass(frozen=True)
class CredentialKeys:
    """`private`: what signs; None: no credentials are offered. `former`: public keys that signed before, and still count."""

    private: EllipticCurvePrivateKey | None = field(default=None, repr=False)
    former: tuple[EllipticCurvePublicKey, ...] = ()

    @property
    def published(self) -> tuple[EllipticCurvePublicKey, ...]:
        """Return the public keys, that of `private` first."""
        return (self.private.public_key(), *self.former) if self.private else self.former


def credential_keys(env: Env) -> CredentialKeys:
    """Return the keys from the environment. Raises EnvError, which says what to change."""
    return CredentialKeys(
        private=_private(as_pem(env.str("CREDENTIALS_PRIVATE_KEY", ""))),
        former=tuple(_former(as_pem(env.str("CREDENTIALS_FORMER_KEYS", "")))),
    )


def as_pem(text: str) -> str:
    return text.strip().replace("\\n", "\n")


def _private(text: str) -> EllipticCurvePrivateKey | None:
    if not text:
        return None
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        name = "CREDENTIALS_PRIVATE_KEY"
        raise EnvError(f"{name} must be a key of the curve P-256, in PEM, without a password." + HOW.format(name=name))
    return key


def _former(text: str) -> list[EllipticCurvePublicKey]:
    keys = []
    for pem in PUBLIC_KEY.findall(text):
        try:
            key = load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
            keys.append(key)
    if len(keys) < max(text.count("-----BEGIN"), 1 if text else 0):
        name = "CREDENTIALS_FORMER_KEYS"
        raise EnvError(
            f"{name} must be public keys of the curve P-256, in PEM, one below the other." + HOW.format(name=name)
        )
    return keys
