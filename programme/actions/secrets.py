"""Encrypt calendar tokens, links of speakers and sensitive answers that are stored in the clear or under an older SECRET_KEY."""

from programme.models import Answer, ApplicationAnswer, Participant, Speaker
from udtacademy.db import encrypted_fields as encrypted
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.encryption import decrypt_text, text_brought_up_to_date

CHUNK = 500


def encrypt_calendar_tokens() -> int:
    """Encrypt all participants' calendar tokens under the present key. Return how many rows changed."""
    rows = Participant.objects.order_by().values_list("pk", "calendar_token").iterator(chunk_size=CHUNK)
    return sum(encrypt_calendar_token(pk, token) for pk, token in rows)


def encrypt_calendar_token(pk: int, token: str) -> int:
    now = text_brought_up_to_date(token, encrypted.PURPOSE)
    if now == token:
        return 0
    token_hash = hash_of(decrypt_text(now, encrypted.PURPOSE))
    unchanged = Participant.objects.filter(pk=pk, calendar_token=token)
    return int(unchanged.update(calendar_token=now, calendar_hash=token_hash))


def encrypt_speaker_links() -> int:
    """Encrypt the links of all speakers under the present key. Return how many rows changed."""
    n = 0
    for pk, token in Speaker.objects.order_by().values_list("pk", "link_token").iterator(chunk_size=CHUNK):
        now = text_brought_up_to_date(token, encrypted.PURPOSE)
        if now != token:
            n += Speaker.objects.filter(pk=pk, link_token=token).update(link_token=now)
    return n


def encrypt_sensitive_answers() -> int:
    """Encrypt all sensitive answers under the present key. Return how many rows changed."""
    return encrypt_answers(Answer) + encrypt_answers(ApplicationAnswer)


def encrypt_answers(model: type[Answer] | type[ApplicationAnswer]) -> int:
    rows = model.objects.order_by().exclude(private_value="").values_list("pk", "private_value")
    n = 0
    for pk, text in rows.iterator(chunk_size=CHUNK):
        now = text_brought_up_to_date(text, encrypted.PURPOSE)
        if now != text:
            n += model.objects.filter(pk=pk, private_value=text).update(private_value=now)
    return n
