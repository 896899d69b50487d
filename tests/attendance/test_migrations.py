import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from attendance.models import Reminder, ReminderRound, ReminderSkip
from tests.factories.people import ParticipantFactory

LISTED, COUNTED = ("attendance", "0002_live_page"), ("attendance", "0004_count_skipped_reminders")


def migrate(target):
    """Migrate attendance back or forth in the test's transaction. Return the models of then."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    executor = MigrationExecutor(connection)
    return executor.migrate([target]).apps


@pytest.mark.django_db
@pytest.mark.slow
def test_listed_skips_become_counts_and_reminders_sent_survive_both_ways(session):
    """People who were skipped must not be taken for people who were reminded."""
    people = ParticipantFactory.create_batch(3, delegation__edition=session.edition)
    key = {"session_id": session.pk, "starts_at": session.starts_at}
    Reminder.objects.create(participant=people[0], edition_id=session.edition_id, offset_minutes=60, **key)
    ReminderRound.objects.create(offset_minutes=60, **key)

    listed = migrate(LISTED).get_model("attendance", "Reminder").objects
    for person, offset in ((people[1], 60), (people[2], 60), (people[1], 1440)):
        listed.create(
            participant_id=person.pk,
            edition_id=session.edition_id,
            offset_minutes=offset,
            state="skipped",
            reason="muted",
            **key,
        )
    assert listed.filter(state="sent", reason="").count() == 1
    migrate(COUNTED)

    assert list(Reminder.objects.values_list("participant", "offset_minutes")) == [(people[0].pk, 60)]
    skips = ReminderSkip.objects.values_list("round__offset_minutes", "reason", "n_people")
    assert list(skips) == [(60, "muted", 2)]
