"""The platform: accounts, emails, the admin, and everything around a request. It knows nothing of programmes."""

from udtacademy.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
