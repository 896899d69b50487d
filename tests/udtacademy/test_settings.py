"""What production's settings come to, read in a process of its own."""

import json
import os
import subprocess
import sys
from unittest.mock import patch

import pytest
from django.conf import settings
from environs import Env, EnvError

from udtacademy.outbox.configuration import MailSettings, mail_settings

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
        "SITE_URL",
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


def test_without_an_address_of_its_own_a_site_is_where_it_listens():
    asked = {name: value for name, value in PRODUCTION.items() if name != "SITE_URL"}

    assert settings_with(**asked | {"DEBUG": "1", "PORT": "8123"})["SITE_URL"] == "http://127.0.0.1:8123"


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


def mail_settings_of(**environment):
    env = Env()
    with patch.dict(os.environ, environment):
        return mail_settings(env)


def test_without_settings_nothing_comes_back_and_nothing_is_signed():
    assert mail_settings_of() == MailSettings("", None, None, None)


def test_a_mailbox_is_an_address_of_imap():
    mail = mail_settings_of(
        BOUNCE_ADDRESS="bounces+*@academy.example",
        BOUNCE_MAILBOX="imaps://bounces%40academy.example:pass%2Fword@mail.example/Returned%20mail",
        EMAIL_WEBHOOK='{"provider": "mailgun", "key": "k"}',
    )

    assert mail.mailbox.name == "bounces@academy.example@mail.example/Returned mail"
    assert (mail.mailbox.port, mail.mailbox.password, mail.mailbox.security) == (993, "pass/word", "tls")
    assert mail_settings_of(BOUNCE_MAILBOX="imap://a:b@mail.example?tls=True").mailbox.security == "starttls"
    assert "pass/word" not in repr(mail)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("BOUNCE_ADDRESS", value) for value in ("bounces", "b*o*@x.example", "a b@x.example", "x" * 31 + "@x.example")],
        *[("BOUNCE_MAILBOX", value) for value in ("mail.example", "imaps://mail.example", "pop3://a:b@mail.example", "imap://a:b@mail.example", "imaps://a:b@mail.example:x")],
        *[("EMAIL_WEBHOOK", value) for value in ("mailgun", "[]", '{"provider": "mailgun"}', '{"provider": "x", "key": "k"}', '{"provider": "postmark", "key": "k"}', '{"provider": "mailgun", "key": ""}')],
        ("DKIM_DOMAIN", "academy.example"),
    ],
)  # fmt: skip
def test_a_wrong_setting_of_mail_says_what_to_change(name, value):
    with pytest.raises(EnvError, match=name):
        mail_settings_of(**{name: value})


def test_a_key_that_is_none_is_refused():
    names = {"DKIM_DOMAIN": "academy.example", "DKIM_SELECTOR": "udt"}

    with pytest.raises(EnvError, match="DKIM_PRIVATE_KEY"):
        mail_settings_of(**names, DKIM_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----")
