import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from environs import Env, EnvError

from udtacademy.credential_keys import CredentialKeys, credential_keys

P256 = ec.generate_private_key(ec.SECP256R1())
OTHERS = [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)]


def private(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def read(monkeypatch):
    def keys(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return credential_keys(Env())

    return keys


def test_without_settings_there_is_no_key(read):
    assert read() == CredentialKeys()
    assert read().published == ()


def test_the_present_key_comes_before_former_ones(read):
    old, older = (ec.generate_private_key(ec.SECP256R1()) for _n in range(2))

    keys = read(
        CREDENTIALS_PRIVATE_KEY=private(P256).replace("\n", "\\n"),  # as Compose passes lines on
        CREDENTIALS_FORMER_KEYS=public(old) + public(older),
    )

    assert keys.published == (P256.public_key(), old.public_key(), older.public_key())
    assert "PRIVATE" not in repr(keys)


@pytest.mark.parametrize("text", ["x", *[private(it) for it in OTHERS], public(P256)])
def test_what_is_no_private_key_of_the_curve_is_refused(read, text):
    with pytest.raises(EnvError, match="CREDENTIALS_PRIVATE_KEY"):
        read(CREDENTIALS_PRIVATE_KEY=text)


@pytest.mark.parametrize("text", ["x", private(P256), public(OTHERS[0]), public(P256) + public(OTHERS[1])])
def test_what_is_no_public_key_of_the_curve_is_refused(read, text):
    with pytest.raises(EnvError, match="CREDENTIALS_FORMER_KEYS"):
        read(CREDENTIALS_FORMER_KEYS=text)
