"""The DNS record of a DKIM key (RFC 6376, 3.6.1)."""

import base64
import re

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from udtacademy.outbox.configuration import DkimKey

PUBLIC_KEY = re.compile(r"(?:^|;)\s*p\s*=\s*([^;]*)")


def name_of(key: DkimKey) -> str:
    return f"{key.selector}._domainkey.{key.domain}"


def record_of(key: DkimKey) -> str:
    """Return the TXT record that belongs to our private key."""
    public = load_pem_private_key(key.private_key.encode(), password=None).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def public_key_in(record: str) -> str:
    """Return the public key that a TXT record holds; empty without one, as of a key that was revoked."""
    match = PUBLIC_KEY.search(record)
    return "".join(match[1].split()) if match else ""
