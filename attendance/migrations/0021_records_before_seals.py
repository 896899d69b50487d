"""What was recorded before there were seals is sealed as it is found.

Apart from 0018, whose triggers lock the tables until it is committed: meanwhile nobody could be checked in.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("attendance", "0020_status_lists")]

    operations = [
        migrations.RunSQL(
            [
                f"INSERT INTO attendance_sealedrecord (kind, record, edition_id) SELECT '{kind}', id, edition_id FROM {rows} ON CONFLICT DO NOTHING"  # noqa: S608
                for kind, rows in (
                    ("evidence", "attendance_evidence ORDER BY id"),
                    ("decision", "attendance_decision ORDER BY id"),
                    ("excuse", "attendance_excuse WHERE decided_at IS NOT NULL ORDER BY id"),
                    ("certificate", "attendance_certificate ORDER BY id"),
                    ("revocation", "attendance_certificate WHERE revoked_at IS NOT NULL ORDER BY id"),
                )
            ],
            migrations.RunSQL.noop,
        ),
    ]
