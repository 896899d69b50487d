"""Tasks of the whole site."""

from celery import shared_task

from udtacademy.db import secrets


@shared_task(name="udtacademy.encrypt_secrets")
def encrypt_secrets() -> None:
    """Encrypt secrets that are unencrypted, or encrypted with an older SECRET_KEY."""
    secrets.encrypt_secrets()
