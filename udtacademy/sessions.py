"""Django's sessions in the database. Each page of somebody signed in asks for one: the question is put into words once."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

SESSION = "SELECT * FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> AbstractBaseSession | None:
        for session in self.model.objects.raw(SESSION, [self.session_key, timezone.now()]):
            return session
        self._session_key = None
        return None
