"""An e-mail shown as it is sent."""

from django.http import HttpResponse

from udtacademy.outbox.mime import Content
from udtacademy.outbox.models import Message
from udtacademy.outbox.render import html_of

# Its styles are its own; nothing else in it may run, load or be sent.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'"


def mail_page(message: Message) -> HttpResponse:
    html = Content(bytes(message.content)).html or html_of(message)
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})
