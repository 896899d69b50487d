"""The project: settings, URLs, Celery, health and the embedded servers of a development machine."""

from udtacademy.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
