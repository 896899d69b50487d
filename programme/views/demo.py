"""Sign in as the demo people, only if DEMO is on."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme import panels
from udtacademy.accounts.models import User
from udtacademy.outbox import demo as demo_mails
from udtacademy.outbox.models import Message

CONFIRMED_FOR_SECONDS = 15 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def demo_people(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo person with one click, and read the latest emails of the demo."""
    if not (settings.DEMO and settings.DEBUG):
        raise Http404
    from programme.demo.seed import DOMAIN  # noqa: PLC0415 - development only

    people = User.objects.filter(email__endswith=DOMAIN, is_active=True)
    if request.method == "POST":
        user = next((person for person in people if person.email == request.POST.get("email")), None)
        if user is None:
            raise Http404
        logout(request)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect(panels.landing_of(user) or ("admin:index" if user.is_staff else "programme:portal-home"))
    context = {
        "people": people.prefetch_related("participations__delegation__city").order_by("-is_staff", "email"),
        "mails": demo_mails.with_texts(Message.objects.all()[:20]),
    }
    return render(request, "programme/demo_people.html", context)
