"""The setting of meeting platforms: what could not work stops the start, and says why."""

import json

import pytest
from environs import Env, EnvError

from udtacademy.meeting_platforms import meeting_platforms, platforms_of

SITE = "https://academy.example"
SECRET = "a-secret-of-enough-letters"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "object in JSON"),
        ({"webex": {}}, "Known are: zoom"),
        ({"zoom": []}, "must be an object"),
        ({"zoom": {"secret": SECRET}}, "has 'secret' wrong"),
        ({"zoom": {"registers": "yes"}}, "has 'registers' wrong"),
        ({"zoom": {"webhook_secret": "short"}}, "at least 16"),
        ({"zoom": {"client_id": "x"}}, "together"),
        ({"zoom": {"registers": True}}, "can register people only"),
        ({"zoom": {"reports": True}}, "gives reports only with"),
        ({"teams": {"tenant_id": "x"}}, "needs all of"),
        ({"teams": {"tenant_id": "x", "client_id": "x", "client_secret": ""}}, "teams needs"),
        ({"bigbluebutton": {"url": "https://bbb.example/api"}}, "needs all of"),
        ({"bigbluebutton": {"url": "https://bbb.example/", "secret": SECRET}}, "ends with /api"),
        ({"bigbluebutton": {"url": "https://bbb.example/api", "secret": ""}}, "at least 16"),
        ({"webhook": {"secret": "whsec_????"}}, "Base64"),
        ({"webhook": {"secret": "whsec_c2hvcnQ="}}, "Base64"),
    ],
)
def test_what_could_not_work_is_refused(value, text):
    with pytest.raises(EnvError, match=text):
        platforms_of(value)


@pytest.mark.parametrize("text", ["", " ", "{}"])
def test_without_it_there_is_none(monkeypatch, text):
    monkeypatch.setenv("MEETING_PLATFORMS", text)

    assert meeting_platforms(Env(), SITE) == platforms_of({})


def test_what_is_no_json_is_refused(monkeypatch):
    monkeypatch.setenv("MEETING_PLATFORMS", "{zoom")

    with pytest.raises(EnvError, match="JSON"):
        meeting_platforms(Env(), SITE)


def test_secrets_are_not_shown(monkeypatch):
    value = {"zoom": {"webhook_secret": SECRET}, "bigbluebutton": {"url": "https://bbb.example/api", "secret": SECRET}}
    monkeypatch.setenv("MEETING_PLATFORMS", json.dumps(value))

    assert SECRET not in repr(meeting_platforms(Env(), SITE))


def test_only_the_demo_simulates_platforms(monkeypatch):
    monkeypatch.delenv("MEETING_PLATFORMS", raising=False)
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("DEBUG", "0")
    assert meeting_platforms(Env(), SITE).zoom is None

    monkeypatch.setenv("DEBUG", "1")

    assert meeting_platforms(Env(), SITE).zoom.api_url.startswith(SITE)
