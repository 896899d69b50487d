import pytest

from udtacademy.db import encryption
from udtacademy.db.encryption import UnreadableError, brought_up_to_date, decrypt, decrypt_text, encrypt, encrypt_text

ANOTHER_KEY = "another-key-" + "y" * 40


def test_what_is_encrypted_is_read_again_and_never_looks_the_same():
    first, second = (encrypt_text("Grüße\n123456", "tests") for _ in range(2))

    assert first != second
    assert "123456" not in first
    assert decrypt_text(first, "tests") == decrypt_text(second, "tests") == "Grüße\n123456"


@pytest.mark.parametrize("value", [b"", b"\0\xff", b"x" * 100_000])
def test_any_bytes_can_be_encrypted(value):
    assert decrypt(encrypt(value, "tests"), "tests") == value


def test_what_never_was_encrypted_is_as_it_was():
    assert decrypt(b"123456", "tests") == b"123456"
    assert decrypt_text("", "tests") == ""


def test_each_purpose_has_a_key_of_its_own():
    with pytest.raises(UnreadableError):
        decrypt(encrypt(b"x", "sessions"), "fields")


def test_what_is_damaged_cannot_be_read():
    value = bytearray(encrypt(b"x", "tests"))
    value[-10] ^= 1

    with pytest.raises(UnreadableError):
        decrypt(bytes(value), "tests")
    with pytest.raises(UnreadableError):
        decrypt(encryption.PREFIX.encode(), "tests")


def test_an_older_key_still_reads_and_another_one_does_not(settings):
    value, old = encrypt(b"x", "tests"), settings.SECRET_KEY
    settings.SECRET_KEY = ANOTHER_KEY
    with pytest.raises(UnreadableError, match="SECRET_KEY"):
        decrypt(value, "tests")

    settings.SECRET_KEY_FALLBACKS = [old]
    assert decrypt(value, "tests") == b"x"


def test_a_value_is_brought_up_to_date_once(settings):
    by_old, old = encrypt(b"x", "tests"), settings.SECRET_KEY
    assert brought_up_to_date(by_old, "tests") == by_old
    settings.SECRET_KEY = ANOTHER_KEY
    assert brought_up_to_date(by_old, "tests") == by_old  # nobody can read it
    settings.SECRET_KEY_FALLBACKS = [old]

    by_new = brought_up_to_date(by_old, "tests")

    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(by_new, "tests") == b"x"
    assert brought_up_to_date(by_new, "tests") == by_new
    assert decrypt(brought_up_to_date(b"plain", "tests"), "tests") == b"plain"
