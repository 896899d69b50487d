"""What the worker does for the whole site."""

from celery import shared_task

from udtacademy.db import secrets


@shared_task(name="udtacademy.encrypt_secrets")
def encrypt_secrets() -> None:
    """Encrypt what is in the clear, or under an older SECRET_KEY."""
    secrets.encrypt_secrets()
