"""Pictures of an edition: its city, for social sites, and its organiser's logo."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from programme import access
from programme.pictures.png import city_png
from programme.rules.accents import channels

# Whatever a browser takes the file for, it runs and loads nothing.
NOTHING_IN_IT = "default-src 'none'; sandbox"


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def picture(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the drawing of an edition's city, in its accent colour, as social sites want it: PNG, 1200 × 630 pixels."""
    edition = access.visible_programme(request.user, edition_slug).edition
    return HttpResponse(city_png(edition.slug, channels(edition.accent_colours.light)), content_type="image/png")


@require_safe
@cache_control(public=True, max_age=365 * 24 * 60 * 60, immutable=True)
def logo(request: HttpRequest, edition_slug: str, file_name: str) -> HttpResponse:
    """Show the logo of an edition's organiser. Its address has the hash of the file, so it is never another one."""
    shown = access.visible_logo(request.user, edition_slug)
    if shown.file_name != file_name:
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": NOTHING_IN_IT}
    return HttpResponse(bytes(shown.content), content_type=shown.content_type, headers=headers)
