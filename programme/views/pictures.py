"""Pictures of an edition: its city, for social sites, and its organiser's logo."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from programme import access
from programme.pictures.png import city_png
from programme.rules.accents import channels

# Whatever a browser takes the file for, it runs and loads nothing.
NOTHING_IN_IT = "default-src 'none'; sandbox"
DAY = 24 * 60 * 60  # seconds


@require_safe
def picture(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the drawing of an edition's city, in its accent colour, as social sites want it: PNG, 1200 × 630 pixels."""
    edition = access.visible_programme(request.user, edition_slug).edition
    drawn = city_png(edition.slug, channels(edition.accent_colours.light))
    response = HttpResponse(drawn, content_type="image/png")
    patch_cache_control(response, **who_keeps(is_published=edition.is_published), max_age=DAY)
    return response


@require_safe
def logo(request: HttpRequest, edition_slug: str, file_name: str) -> HttpResponse:
    """Show the logo of an edition's organiser. Its address has the hash of the file, so it is never another one."""
    shown, state = access.visible_logo(request.user, edition_slug)
    if shown.file_name != file_name:
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": NOTHING_IN_IT}
    response = HttpResponse(bytes(shown.content), content_type=shown.content_type, headers=headers)
    patch_cache_control(response, **who_keeps(is_published=state.is_published), max_age=365 * DAY, immutable=True)
    return response


def who_keeps(*, is_published: bool) -> dict[str, bool]:
    """Return the part of Cache-Control that says who may keep a picture: proxies may not, of an edition that only staff sees."""
    return {"public" if is_published else "private": True}
