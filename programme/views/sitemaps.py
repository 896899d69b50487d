"""Sitemaps for search engines: published editions and their published sessions."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap

from programme.models import Edition, Session


class OurSitemap(Sitemap[Any]):
    """A sitemap whose URLs start with SITE_URL, whatever host the request names."""

    def get_protocol(self, protocol: str | None = None) -> str:  # noqa: ARG002 - Django passes the request's
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:  # noqa: ARG002 - as above
        return urlsplit(settings.SITE_URL).netloc


class EditionSitemap(OurSitemap):
    def items(self) -> list[Edition]:
        return list(Edition.objects.published().latest_first())

    def lastmod(self, edition: Edition) -> dt.datetime:
        return edition.changed_at


class SessionSitemap(OurSitemap):
    def items(self) -> list[Session]:
        sessions = Session.objects.published().filter(edition__is_published=True).exclude(format=Session.Format.BREAK)
        return list(sessions.select_related("edition").order_by("edition__slug", "slug"))

    def lastmod(self, session: Session) -> dt.datetime:
        return session.changed_at


SITEMAPS: dict[str, type[Sitemap[Any]]] = {"editions": EditionSitemap, "sessions": SessionSitemap}
