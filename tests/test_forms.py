"""The pages with forms that the walk over all addresses does not reach: of an account with all that one can have.

The client looks at every form it is shown (tests/client.py); tests/test_access.py shows it every address, as everybody.
"""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tests.client import FORM, POSTS

pytestmark = pytest.mark.slow

PASSWORD = "a password of the tests"


@pytest.fixture
def owner(client, stranger):
    """Signed in a moment ago by a password, with an app, recovery codes and a passkey."""
    stranger.set_password(PASSWORD)
    stranger.save()
    TOTP.activate(stranger, generate_totp_secret())
    RecoveryCodes.activate(stranger)
    Authenticator.objects.create(
        user=stranger, type="webauthn", data={"name": "Key", "credential": {"clientExtensionResults": {}}}
    )
    client.force_login(stranger)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return stranger


@pytest.mark.parametrize(
    "page",
    [
        *("password/change/", "reauthenticate/", "email/", "sessions/", "2fa/reauthenticate/", "2fa/totp/deactivate/"),
        *("2fa/recovery-codes/generate/", "2fa/webauthn/keys/{key}/edit/", "2fa/webauthn/keys/{key}/remove/"),
    ],
)
def test_pages_of_an_account_have_forms_that_are_let_in(client, owner, page):
    key = Authenticator.objects.get(type="webauthn").pk

    response = client.get(f"/accounts/{page.format(key=key)}")

    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2]
    assert [form for form in FORM.findall(main) if POSTS.search(form)]
