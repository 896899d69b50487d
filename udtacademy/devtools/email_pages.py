"""Show a sample of each kind of email as it is sent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from udtacademy.outbox.kinds import KINDS, kind_label, sample_of
from udtacademy.outbox.mime import subject_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of
from udtacademy.outbox.views import POLICY

# Both pages are never cached: "not modified" has the policy of all other pages, which allows no frame.
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
FRAMING = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'"
)


def sample(kind: str) -> Message:
    """Return the sample of a kind. Raises Http404 if there is none."""
    message = sample_of(kind)
    if message is None:
        raise Http404
    return message


@require_safe
def email_list(request: HttpRequest) -> HttpResponse:
    rows = sorted((str(label), kind, subject_of(sample(kind))) for kind, label in KINDS.items())
    return render(request, "devtools/email_list.html", {"rows": rows})


@require_safe
@never_cache
def email_detail(request: HttpRequest, kind: str) -> HttpResponse:
    message = sample(kind)
    context = {"kind": kind, "label": kind_label(kind), "subject": subject_of(message), "text": message.text}
    response = render(request, "devtools/email_detail.html", context)
    response.headers["Content-Security-Policy"] = FRAMING
    return response


@require_safe
@never_cache
@xframe_options_sameorigin
def email_html(_request: HttpRequest, kind: str) -> HttpResponse:
    return HttpResponse(html_of(sample(kind)), headers={"Content-Security-Policy": FRAMED})
