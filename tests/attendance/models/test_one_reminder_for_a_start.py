"""Of what was passed over and then sent all the same, the migration to "once for each start" keeps what was sent."""

from importlib import import_module

import pytest
from django.db import connection

from attendance.models import Reminder
from tests.factories.people import ParticipantFactory

ONE_OF_EACH = import_module("attendance.migrations.0015_reminders_of_a_start").ONE_OF_EACH

pytestmark = pytest.mark.django_db


def test_a_reminder_that_was_passed_over_and_then_sent_was_sent(session):
    ana, ben = ParticipantFactory.create_batch(2, delegation__edition=session.edition)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE attendance_reminder DROP CONSTRAINT reminder_once_for_a_start")
        for person, state, reason in ((ana, "skipped", "tentative"), (ana, "sent", ""), (ben, "skipped", "muted")):
            Reminder.objects.create(
                participant=person,
                session=session,
                edition=session.edition,
                lead_minutes=60,
                starts_at=session.starts_at,
                state=state,
                reason=reason,
            )
        cursor.execute(ONE_OF_EACH)

    assert set(Reminder.objects.values_list("participant", "state")) == {(ana.pk, "sent"), (ben.pk, "skipped")}
