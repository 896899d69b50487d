import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from csp.constants import SELF

from udtacademy.checks import (
    credentials_can_be_signed,
    demo_needs_debug,
    files_can_be_stored,
    policy_is_all_sent,
    site_is_ready,
)
from udtacademy.credential_keys import CredentialKeys


@pytest.fixture
def ready(settings):
    """As an operator sets it up."""
    settings.SITE_URL = "https://academy.example.org"
    settings.IS_SECURE_SITE = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "UDT Academy <academy@example.org>"
    settings.STAFF_SECOND_FACTOR = True
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    return settings


def test_a_site_that_is_set_up_has_nothing_to_say(ready):
    assert site_is_ready() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SITE_URL", "http://academy.example.org", "programme.E002"),
        ("SITE_URL", "https://example.org/academy", "programme.E002"),
        ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend", "programme.E003"),
        ("DEFAULT_FROM_EMAIL", "UDT Academy <academy@localhost>", "programme.E004"),
        ("STAFF_SECOND_FACTOR", False, "programme.W001"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 0, "programme.W002"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(ready, name, value, expected):
    setattr(ready, name, value)

    (warning,) = site_is_ready()

    assert warning.id == expected
    assert warning.hint


@pytest.mark.parametrize(("demo", "debug", "n"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_the_demo_needs_debug(settings, demo, debug, n):
    settings.DEMO, settings.DEBUG = demo, debug

    assert len(demo_needs_debug()) == n


def test_the_policy_in_the_settings_is_all_sent(settings):
    assert policy_is_all_sent() == []


def test_parts_of_the_policy_that_nothing_reads_are_refused(settings):
    settings.CONTENT_SECURITY_POLICY = settings.CONTENT_SECURITY_POLICY | {"EXCLUDE_URL_PREFIXES": ["/admin"]}
    settings.CONTENT_SECURITY_POLICY_REPORT_ONLY = {"DIRECTIVES": {"default-src": [SELF]}}

    assert [warning.msg for warning in policy_is_all_sent()] == [
        "CONTENT_SECURITY_POLICY['EXCLUDE_URL_PREFIXES'] has no effect.",
        "CONTENT_SECURITY_POLICY_REPORT_ONLY has no effect.",
    ]


def test_a_folder_for_files_that_cannot_be_written_is_said(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "not" / "made yet"
    assert files_can_be_stored() == []
    (tmp_path / "not").write_text("a file")

    (warning,) = files_can_be_stored()

    assert (warning.id, str(settings.MEDIA_ROOT) in warning.msg) == ("programme.W003", True)


def test_without_a_key_credentials_are_not_offered_and_that_is_said(settings):
    key = generate_private_key(SECP256R1())

    def said(keys):
        settings.CREDENTIAL_KEYS = keys
        return [it.id for it in credentials_can_be_signed()]

    assert said(CredentialKeys(key)) == []
    assert said(CredentialKeys()) == ["programme.I001"]
    assert said(CredentialKeys(None, (key.public_key(),))) == ["programme.I001", "programme.W004"]
