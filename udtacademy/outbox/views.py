"""Show an email as it was sent."""

from django.http import HttpResponse

from udtacademy.outbox.mime import Content
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of

# Allow only the email's inline styles; nothing may run, load or be submitted.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'"


def mail_page(message: Message) -> HttpResponse:
    html = Content(bytes(message.content)).html or html_of(message)
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})
