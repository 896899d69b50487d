from django.db import migrations


class Migration(migrations.Migration):
    """Add the system questions to the editions there are. Not with the table, whose constraints are added last."""

    dependencies = [
        ("programme", "0018_questions"),
    ]

    operations = [
        migrations.RunSQL(
            """
        INSERT INTO programme_question (
            edition_id, key, kind, asked_when, is_required, privacy, position,
            labels, hints, choices, asked_of, depends_answers, is_on_lists, is_on_badge, is_retired, asked_since
        )
        SELECT edition.id, system.*, '{}'::jsonb, '{}'::jsonb, '[]'::jsonb, 'everybody', '{}'::varchar[], FALSE, FALSE, FALSE, now()
        FROM programme_edition edition
        CROSS JOIN (VALUES ('job_title', 'line', 'registration', TRUE, 'plain', 1),
            ('department', 'line', 'registration', TRUE, 'plain', 2),
            ('hopes', 'text', 'registration', TRUE, 'plain', 3),
            ('dietary_needs', 'line', 'registration', FALSE, 'sensitive', 4),
            ('accessibility_needs', 'line', 'registration', FALSE, 'sensitive', 5),
            ('arrives_at', 'moment', 'later', FALSE, 'plain', 6),
            ('leaves_at', 'moment', 'later', FALSE, 'plain', 7),
            ('wants_expo_pass', 'yes_no', 'registration', TRUE, 'plain', 8),
            ('photo_consent', 'yes_no', 'registration', TRUE, 'plain', 9)) system (key, kind, asked_when, is_required, privacy, position)
        ON CONFLICT DO NOTHING;
    """,
            migrations.RunSQL.noop,
            elidable=True,
        ),
    ]
