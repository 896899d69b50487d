"""Mail that came back about a given email of ours, for tests."""

from udtacademy.outbox.returns.reading import Kind, Reading


def dsn(message, *, status="5.1.1", action="failed", to="", address="", note=""):
    """A report about our email, as Postfix writes it. `to`: where it was sent to; `address`: that failed, if not ours."""
    return f"""From: MAILER-DAEMON@mx.example
To: {to or "bounces@academy.example"}
Subject: Undelivered Mail Returned to Sender
X-Note: {note}
Content-Type: multipart/report; report-type=delivery-status; boundary="="

--=
Content-Type: message/delivery-status

Final-Recipient: rfc822; {address or message.to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} so it is

--=
Content-Type: text/rfc822-headers

Message-ID: <{message.message_id}@testserver>
--=--
""".encode()


def reading_of(message, kind=Kind.HARD, **values):
    return Reading(kind, **{"message_ids": (f"{message.message_id}@testserver",), "status": "5.1.1"} | values)


class NoNames:
    """A domain name system in which nothing is published."""

    def txt(self, name):
        return []

    def has_mail_server(self, name):
        return True
