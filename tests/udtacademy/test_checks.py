import pytest

from udtacademy.checks import demo_needs_debug, site_is_ready


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
    ("name", "value", "said"),
    [
        ("SITE_URL", "http://academy.example.org", "programme.E002"),
        ("SITE_URL", "https://example.org/academy", "programme.E002"),
        ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend", "programme.E003"),
        ("DEFAULT_FROM_EMAIL", "UDT Academy <academy@localhost>", "programme.E004"),
        ("STAFF_SECOND_FACTOR", False, "programme.W001"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 0, "programme.W002"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(ready, name, value, said):
    setattr(ready, name, value)

    (found,) = site_is_ready()

    assert found.id == said
    assert found.hint


@pytest.mark.parametrize(("demo", "debug", "n"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_the_demo_needs_debug(settings, demo, debug, n):
    settings.DEMO, settings.DEBUG = demo, debug

    assert len(demo_needs_debug()) == n
