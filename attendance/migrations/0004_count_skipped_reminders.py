from django.db import migrations

# Rows of reminders that were skipped, of which 0003 would make reminders sent. In a round that is not done yet they are only
# deleted: the people are planned again, and counted when it is done.
COUNT = """
    INSERT INTO attendance_reminderskip (round_id, reason, n_people)
    SELECT done.id, reminder.reason, count(*)
    FROM attendance_reminder reminder JOIN attendance_reminderround done USING (session_id, offset_minutes, starts_at)
    WHERE reminder.state = 'skipped'
    GROUP BY done.id, reminder.reason
    ON CONFLICT (round_id, reason) DO UPDATE SET n_people = attendance_reminderskip.n_people + excluded.n_people
"""
DELETE = "DELETE FROM attendance_reminder WHERE state = 'skipped'"
FILL = """
    UPDATE attendance_reminder
    SET state = coalesce(state, 'sent'), reason = coalesce(reason, ''), claim = coalesce(claim, gen_random_uuid())
    WHERE state IS NULL OR reason IS NULL OR claim IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0003_reminders_skipped_by_reason")]

    operations = [migrations.RunSQL([COUNT, DELETE], [FILL])]
