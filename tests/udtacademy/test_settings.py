"""What production's settings come to, read in a process of its own."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

PRODUCTION = {
    "SECRET_KEY": "x" * 60,
    "DEBUG": "0",
    "SITE_URL": "https://academy.example.org",
    "DATABASE_URL": "postgresql:///none",
    "REDIS_URL": "redis://127.0.0.1:1",
    "EMAIL_URL": "smtp://mail.example.org:587/?tls=True",
}


def settings_with(**environment):
    names = [
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "SECURE_HSTS_PRELOAD",
    ]
    code = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, it) for it in {names}]))"
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "udtacademy.settings"} | environment
    completed = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    return dict(zip(names, json.loads(completed.stdout), strict=True))


@pytest.mark.parametrize(
    ("site", "session", "csrf", "is_secure"),
    [
        ("https://academy.example.org", "__Host-sessionid", "__Host-csrftoken", True),
        ("http://127.0.0.1:8000", "sessionid", "csrftoken", False),
    ],
)
def test_cookies_of_a_secure_site_belong_to_this_host_only(site, session, csrf, is_secure):
    values = settings_with(**PRODUCTION | {"SITE_URL": site})

    assert (values["SESSION_COOKIE_NAME"], values["CSRF_COOKIE_NAME"]) == (session, csrf)
    assert values["SESSION_COOKIE_SECURE"] is values["CSRF_COOKIE_SECURE"] is is_secure
    assert (values["SECURE_HSTS_SECONDS"] > 0) is is_secure


@pytest.mark.parametrize("path", ["academy", "Back_office", "back/of_fice", "_", ""])
def test_an_admin_path_that_could_be_another_page_is_refused(path):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_with(**PRODUCTION, ADMIN_PATH=path)

    assert "ADMIN_PATH" in refused.value.stderr
    assert "at least one underscore" in refused.value.stderr


@pytest.mark.parametrize(
    ("asked", "has_subdomains", "has_preload"),
    [
        ({}, False, False),
        ({"HSTS": "host"}, False, False),
        ({"HSTS": "subdomains"}, True, False),
        ({"HSTS": "preload"}, True, True),
    ],
)
@pytest.mark.parametrize("host", ["academy.example.org", "example.org"])
def test_other_hosts_of_the_domain_are_bound_only_when_asked(host, asked, has_subdomains, has_preload):
    values = settings_with(**PRODUCTION | {"SITE_URL": f"https://{host}"} | asked)

    assert values["SECURE_HSTS_SECONDS"] == 31_536_000
    assert values["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is has_subdomains
    assert values["SECURE_HSTS_PRELOAD"] is has_preload


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HSTS", "yes"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("TRUSTED_PROXY_COUNT", "one"),
        ("OPENID_CONNECT_PROVIDERS", "[{"),
    ],
)
def test_a_malformed_variable_is_named(name, value):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_with(**PRODUCTION, **{name: value})

    assert f'Environment variable "{name}"' in refused.value.stderr
