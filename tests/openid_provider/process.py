"""Start the provider, and do there what a browser would do."""

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from django.conf import settings

from tests.openid_provider.__main__ import CLIENT_ID, CLIENT_SECRET
from udtacademy.accounts.openid_connect.configuration import openid_providers


@dataclass(frozen=True)
class RunningProvider:
    issuer: str

    def has(self, **people):
        """Have these people, by subject, and nobody else."""
        requests.put(f"{self.issuer}/people/", json=people, timeout=10).raise_for_status()

    def has_one(self, sub, forged=None, userinfo=None, **claims):
        self.has(**{sub: {"id_token": claims, "userinfo": userinfo or {}, "forged": forged or {}}})

    def token_requests(self):
        return requests.get(f"{self.issuer}/people/", timeout=10).json()["token_requests"]

    def configured(self, **more):
        """Return the setting for it."""
        entry = {"id": "city", "name": "City login", "issuer": self.issuer}
        return openid_providers([entry | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | more])

    def sign_in(self, address, sub):
        """Open the address that we send people to as somebody. Return the address that they come back to."""
        answer = requests.get(address, cookies={"person": sub}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running_provider(*callbacks):
    command = [sys.executable, "-m", "tests.openid_provider", *callbacks]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield RunningProvider(process.stdout.readline().strip())
        finally:
            process.terminate()
