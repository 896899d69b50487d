"""An OpenID provider that runs in a process of its own (tests/openid_provider), for the tests of signing in there."""

import pytest
from django.core.cache import caches

from tests.openid_provider.process import running_provider
from tests.openid_provider.visits import CALLBACK


@pytest.fixture(scope="session")
def process():
    with running_provider(f"http://testserver{CALLBACK}") as provider:
        yield provider


@pytest.fixture
def provider(process, settings):
    """The provider as configured, with nobody there yet."""
    caches["openid"].clear()
    settings.OPENID_CONNECT_PROVIDERS = process.configured()
    process.has()
    return process


@pytest.fixture
def configure(provider, settings):
    def configure(**more):
        settings.OPENID_CONNECT_PROVIDERS = provider.configured(**more)

    return configure
