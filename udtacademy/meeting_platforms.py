"""The setting of meeting platforms, checked. Read by the settings, so it imports none of Django."""

import base64
import binascii
import json
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

from environs import Env, EnvError

SHORTEST_SECRET = 16  # characters
S = TypeVar("S")


@dataclass(frozen=True)
class Zoom:
    """`webhook_secret`: the app's secret token. The others are of a server-to-server OAuth app.

    `registers`: whether participants are registered with their names and addresses, so that each has a link of their own.
    `reports`: whether reports are fetched after the end.
    """

    webhook_secret: str = field(default="", repr=False)
    account_id: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    registers: bool = False
    reports: bool = False
    api_url: str = "https://api.zoom.us/v2"
    token_url: str = "https://zoom.us/oauth/token"  # noqa: S105 - an address

    @property
    def has_api(self) -> bool:
        return bool(self.account_id and self.client_id and self.client_secret)


@dataclass(frozen=True)
class Teams:
    """An app in Entra, by which reports are fetched. `organizer`: whose meetings those are whose links do not say it."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    organizer: str = ""
    api_url: str = "https://graph.microsoft.com/v1.0"
    login_url: str = "https://login.microsoftonline.com"

    @property
    def token_url(self) -> str:
        return f"{self.login_url}/{self.tenant_id}/oauth2/v2.0/token"

    @property
    def scope(self) -> str:
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc}/.default"


@dataclass(frozen=True)
class BigBlueButton:
    """`url`: of the API, as in `bbb-conf --secret`, with /api at its end. `polls`: ask it who is there, for want of webhooks."""

    url: str
    secret: str = field(repr=False)
    polls: bool = False


@dataclass(frozen=True)
class SignedWebhook:
    """`secret`: as in Standard Webhooks, "whsec_" and Base64."""

    secret: str = field(repr=False)

    @property
    def key(self) -> bytes:
        return base64.b64decode(self.secret.removeprefix("whsec_"), validate=True)


@dataclass(frozen=True)
class MeetingPlatforms:
    """What is configured; None for what is not."""

    zoom: Zoom | None = None
    teams: Teams | None = None
    bigbluebutton: BigBlueButton | None = None
    webhook: SignedWebhook | None = None


def meeting_platforms(env: Env, site_url: str) -> MeetingPlatforms:
    """Return the setting from the environment; in the demo, simulated platforms. Raises EnvError, which says what to change."""
    is_demo = env.bool("DEBUG", False) and env.bool("DEMO", False)
    text = env.str("MEETING_PLATFORMS", "").strip()  # empty in containers that pass it on unset
    if not text:
        return platforms_of(simulated(site_url) if is_demo else {})
    try:
        return platforms_of(json.loads(text))
    except ValueError:
        raise EnvError("MEETING_PLATFORMS must be an object in JSON, such as {}.") from None


def simulated(site_url: str) -> dict[str, Any]:
    """Return the settings by which a site on a development machine is its own Zoom, Teams and BigBlueButton (attendance/demo/simulators)."""
    address = f"{site_url}/styleguide/simulators"
    zoom = {"webhook_secret": "simulated-secret-of-zoom", "registers": True, "reports": True}
    app = {"account_id": "simulated", "client_id": "simulated", "client_secret": "simulated"}
    addresses = {"api_url": f"{address}/zoom/v2", "token_url": f"{address}/zoom/oauth/token"}
    bbb = {"url": f"{address}/bigbluebutton/api", "secret": "simulated-secret-of-bigbluebutton"}
    teams = {"tenant_id": "simulated", "client_id": "simulated", "client_secret": "simulated", "organizer": "host"}
    graph = {"api_url": f"{address}/teams/v1.0", "login_url": f"{address}/teams"}
    return {"zoom": zoom | app | addresses, "teams": teams | graph, "bigbluebutton": bbb}


def platforms_of(value: Any) -> MeetingPlatforms:
    """Return the setting from its JSON. Raises EnvError, which says what to change."""
    if not isinstance(value, dict):
        raise EnvError("MEETING_PLATFORMS must be an object in JSON, such as {}.")
    known = {"zoom": Zoom, "teams": Teams, "bigbluebutton": BigBlueButton, "webhook": SignedWebhook}
    if unknown := value.keys() - known.keys():
        raise EnvError(f"MEETING_PLATFORMS has {min(unknown)!r}. Known are: {', '.join(known)}.")
    platforms = MeetingPlatforms(**{name: _read(known[name], name, value[name]) for name in value})
    _check(platforms)
    return platforms


def _read(kind: type[S], name: str, value: Any) -> S:
    """Return one platform's settings."""
    types = {it.name: it.type for it in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(value, dict):
        raise EnvError(f"MEETING_PLATFORMS: {name} must be an object.")
    for key, given in value.items():
        if key not in types or not isinstance(given, bool if types[key] is bool else str):
            raise EnvError(f"MEETING_PLATFORMS: {name} has {key!r} wrong. It takes: {', '.join(types)}.")
    try:
        return kind(**value)
    except TypeError:
        raise EnvError(f"MEETING_PLATFORMS: {name} needs all of: {', '.join(types)}.") from None


def _check(platforms: MeetingPlatforms) -> None:
    """Raise EnvError for what could not work."""
    zoom, teams, bbb, webhook = platforms.zoom, platforms.teams, platforms.bigbluebutton, platforms.webhook
    if zoom and any([zoom.account_id, zoom.client_id, zoom.client_secret]) and not zoom.has_api:
        raise EnvError("MEETING_PLATFORMS: zoom needs account_id, client_id and client_secret together.")
    if zoom and zoom.registers and not zoom.has_api:
        raise EnvError("MEETING_PLATFORMS: zoom can register people only with account_id, client_id and client_secret.")
    if zoom and zoom.reports and not zoom.has_api:
        raise EnvError("MEETING_PLATFORMS: zoom gives reports only with account_id, client_id and client_secret.")
    if teams and not (teams.tenant_id and teams.client_id and teams.client_secret):
        raise EnvError("MEETING_PLATFORMS: teams needs tenant_id, client_id and client_secret.")
    secrets = [zoom.webhook_secret if zoom else "", bbb.secret if bbb else ""]
    if any(secret and len(secret) < SHORTEST_SECRET for secret in secrets) or (bbb and not bbb.secret):
        raise EnvError(f"MEETING_PLATFORMS: secrets have at least {SHORTEST_SECRET} characters.")
    if bbb and not bbb.url.rstrip("/").endswith("/api"):
        raise EnvError(
            "MEETING_PLATFORMS: the url of bigbluebutton ends with /api, as https://bbb.example.org/bigbluebutton/api."
        )
    try:
        is_short = webhook is not None and len(webhook.key) < SHORTEST_SECRET
    except binascii.Error:
        is_short = True
    if is_short:
        raise EnvError("MEETING_PLATFORMS: the secret of webhook is “whsec_” and Base64 of at least 16 bytes.")
