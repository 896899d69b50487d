"""What each person was told of each session takes the place of what everybody was told of it."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import programme.models.fields
from django.db import migrations, models


same_edition = import_module("programme.migrations.0002_same_edition").same_edition

# Everybody registered knows what was last told of each session that is theirs: it was in the e-mail by which they came in.
WHAT_PEOPLE_KNOW = """
    INSERT INTO programme_announcement (
        participant_id, session_id, edition_id, title, starts_at, ends_at, held_on, date_hint, status, place, is_core,
        version, is_theirs, is_repeat, moves, method, sequence, state, written_at
    )
    SELECT
        person.id, session.id, session.edition_id, session.title,
        NULLIF(told.facts ->> 'starts_at', '')::timestamptz, NULLIF(told.facts ->> 'ends_at', '')::timestamptz,
        NULLIF(told.facts ->> 'held_on', '')::date, told.facts ->> 'date_hint', told.facts ->> 'status',
        told.facts ->> 'place', session.is_core, told.sequence, told.facts ->> 'status' <> 'cancelled', false, false,
        CASE
            WHEN told.facts ->> 'status' = 'cancelled' THEN 'CANCEL'
            WHEN told.facts ->> 'starts_at' <> '' OR told.facts ->> 'held_on' <> '' THEN 'REQUEST'
            ELSE ''
        END,
        CASE
            WHEN told.facts ->> 'status' = 'cancelled' OR told.facts ->> 'starts_at' <> '' OR told.facts ->> 'held_on' <> ''
            THEN told.sequence
        END,
        'sent', now()
    FROM programme_toldsession told
    JOIN programme_session session ON session.id = told.session_id
    JOIN programme_participant person ON person.edition_id = session.edition_id AND person.state = 'registered'
    LEFT JOIN programme_seat seat
        ON seat.participant_id = person.id AND seat.session_id = session.id AND seat.state = 'held'
    WHERE session.is_published AND session.format <> 'break' AND (session.track_id IS NULL OR seat.id IS NOT NULL)
"""

REFERS_TO_NOTHING = """
    DO $$
    DECLARE name text;
    BEGIN
        SELECT conname INTO name FROM pg_constraint
        WHERE conrelid = 'programme_toldsession'::regclass AND contype = 'f';
        EXECUTE format('ALTER TABLE programme_toldsession DROP CONSTRAINT %I', name);
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("programme", "0021_address_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("starts_at", models.DateTimeField(null=True, verbose_name="starts")),
                ("ends_at", models.DateTimeField(null=True, verbose_name="ends")),
                ("held_on", models.DateField(null=True, verbose_name="day")),
                ("date_hint", models.CharField(blank=True, max_length=60, verbose_name="date in words")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("tentative", "to be confirmed"),
                            ("confirmed", "confirmed"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=400, verbose_name="place")),
                ("is_core", models.BooleanField(verbose_name="core")),
                (
                    "version",
                    models.PositiveIntegerField(
                        help_text="The session's calendar sequence then.", verbose_name="version of the facts"
                    ),
                ),
                (
                    "is_theirs",
                    models.BooleanField(
                        help_text="Whether the session is in the person's programme, as they were told.",
                        verbose_name="theirs",
                    ),
                ),
                (
                    "is_repeat",
                    models.BooleanField(
                        default=False, help_text="A reminder of what is known.", verbose_name="repeats"
                    ),
                ),
                (
                    "moves",
                    models.BooleanField(default=False, help_text="Than the person knew.", verbose_name="another start"),
                ),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[("REQUEST", "adds or changes the entry"), ("CANCEL", "takes the entry out")],
                        max_length=10,
                        verbose_name="calendar file",
                    ),
                ),
                (
                    "sequence",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of the calendar file; grows with each one to the person.",
                        null=True,
                        verbose_name="SEQUENCE",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "on its way"),
                            ("sent", "told"),
                            ("failed", "could not be delivered"),
                            ("cancelled", "cancelled"),
                            ("outdated", "overtaken by a change before it left"),
                            ("waived", "taken as known, without an e-mail"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="written")),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="told")),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
                "ordering": ["-pk"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="session",
            name="counts_calendar_changes",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="session",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="session",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="session",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="session",
            name="status_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why it is cancelled or put off: stands in the e-mail to those concerned, and on its page.",
                max_length=500,
                validators=[programme.models.fields.validate_readable],
                verbose_name="reason",
            ),
        ),
        migrations.AddField(
            model_name="sessionevent",
            name="status_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why it is cancelled or put off: stands in the e-mail to those concerned, and on its page.",
                max_length=500,
                validators=[programme.models.fields.validate_readable],
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "queued"),
                    ("sent", "sent"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                    ("outdated", "overtaken by a change"),
                ],
                default="queued",
                max_length=10,
                verbose_name="state",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="message",
            trigger=pgtrigger.compiler.Trigger(
                name="marks_announcements",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."state" IS DISTINCT FROM (NEW."state"))',
                    func="\n            UPDATE programme_announcement SET state = NEW.state, told_at = NEW.sent_at WHERE message_id = NEW.id;\n            RETURN NEW;\n        ",
                    hash="1756d8c952fa5d30be3844b4535877e59adf77bd",
                    operation="UPDATE",
                    pgid="pgtrigger_marks_announcements_7e011",
                    table="programme_message",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="counts_calendar_changes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            NEW.calendar_sequence := GREATEST(\n                NEW.calendar_sequence,\n                OLD.calendar_sequence + ((NEW.title, NEW.is_core, NEW.starts_at, NEW.ends_at, NEW.held_on, NEW.date_hint, NEW.status, NEW.format, NEW.location, NEW.room_id) IS DISTINCT FROM (OLD.title, OLD.is_core, OLD.starts_at, OLD.ends_at, OLD.held_on, OLD.date_hint, OLD.status, OLD.format, OLD.location, OLD.room_id))::int\n            );\n            IF NEW IS DISTINCT FROM OLD THEN\n                NEW.changed_at := clock_timestamp();\n            END IF;\n            RETURN NEW;\n        ",
                    hash="4d475d27db8cc2b3122230129deca7f3dfc605ab",
                    operation="UPDATE",
                    pgid="pgtrigger_counts_calendar_changes_d5e76",
                    table="programme_session",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "programme_sessionevent" ("calendar_sequence", "calendar_uid", "capacity", "date_hint", "description", "edition_id", "ends_at", "format", "held_on", "id", "is_core", "is_published", "location", "make_up_question", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reminder_minutes", "room_id", "slug", "starts_at", "status", "status_reason", "title", "track_id") VALUES (NEW."calendar_sequence", NEW."calendar_uid", NEW."capacity", NEW."date_hint", NEW."description", NEW."edition_id", NEW."ends_at", NEW."format", NEW."held_on", NEW."id", NEW."is_core", NEW."is_published", NEW."location", NEW."make_up_question", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reminder_minutes", NEW."room_id", NEW."slug", NEW."starts_at", NEW."status", NEW."status_reason", NEW."title", NEW."track_id"); RETURN NULL;',
                    hash="1da352015264f5b0e3d644fa3bf0238793a74cb7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e62c3",
                    table="programme_session",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."calendar_sequence" IS DISTINCT FROM (NEW."calendar_sequence") OR OLD."calendar_uid" IS DISTINCT FROM (NEW."calendar_uid") OR OLD."capacity" IS DISTINCT FROM (NEW."capacity") OR OLD."date_hint" IS DISTINCT FROM (NEW."date_hint") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."edition_id" IS DISTINCT FROM (NEW."edition_id") OR OLD."ends_at" IS DISTINCT FROM (NEW."ends_at") OR OLD."format" IS DISTINCT FROM (NEW."format") OR OLD."held_on" IS DISTINCT FROM (NEW."held_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_core" IS DISTINCT FROM (NEW."is_core") OR OLD."is_published" IS DISTINCT FROM (NEW."is_published") OR OLD."location" IS DISTINCT FROM (NEW."location") OR OLD."make_up_question" IS DISTINCT FROM (NEW."make_up_question") OR OLD."reminder_minutes" IS DISTINCT FROM (NEW."reminder_minutes") OR OLD."room_id" IS DISTINCT FROM (NEW."room_id") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."starts_at" IS DISTINCT FROM (NEW."starts_at") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."status_reason" IS DISTINCT FROM (NEW."status_reason") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."track_id" IS DISTINCT FROM (NEW."track_id"))',
                    func='INSERT INTO "programme_sessionevent" ("calendar_sequence", "calendar_uid", "capacity", "date_hint", "description", "edition_id", "ends_at", "format", "held_on", "id", "is_core", "is_published", "location", "make_up_question", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reminder_minutes", "room_id", "slug", "starts_at", "status", "status_reason", "title", "track_id") VALUES (NEW."calendar_sequence", NEW."calendar_uid", NEW."capacity", NEW."date_hint", NEW."description", NEW."edition_id", NEW."ends_at", NEW."format", NEW."held_on", NEW."id", NEW."is_core", NEW."is_published", NEW."location", NEW."make_up_question", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reminder_minutes", NEW."room_id", NEW."slug", NEW."starts_at", NEW."status", NEW."status_reason", NEW."title", NEW."track_id"); RETURN NULL;',
                    hash="ae025f49b0818d1426df769a1a838adef8ea0423",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_013ea",
                    table="programme_session",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="session",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "programme_sessionevent" ("calendar_sequence", "calendar_uid", "capacity", "date_hint", "description", "edition_id", "ends_at", "format", "held_on", "id", "is_core", "is_published", "location", "make_up_question", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reminder_minutes", "room_id", "slug", "starts_at", "status", "status_reason", "title", "track_id") VALUES (OLD."calendar_sequence", OLD."calendar_uid", OLD."capacity", OLD."date_hint", OLD."description", OLD."edition_id", OLD."ends_at", OLD."format", OLD."held_on", OLD."id", OLD."is_core", OLD."is_published", OLD."location", OLD."make_up_question", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reminder_minutes", OLD."room_id", OLD."slug", OLD."starts_at", OLD."status", OLD."status_reason", OLD."title", OLD."track_id"); RETURN NULL;',
                    hash="195dda37e5154ca172e48bb5c017cef5637f4cad",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9165c",
                    table="programme_session",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="edition",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="programme.edition"
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="message",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="announcements",
                to="programme.message",
                verbose_name="e-mail",
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="participant",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="announcements",
                to="programme.participant",
                verbose_name="participant",
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="announcements",
                to="programme.session",
                verbose_name="session",
            ),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(fields=["participant", "session", "-id"], name="announcement_last"),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(
                condition=models.Q(("state", "queued")), fields=["participant", "session"], name="announcement_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(fields=["session", "-id"], name="announcement_of_session"),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("method", ""), ("sequence__isnull", True)),
                    models.Q(models.Q(("method", ""), _negated=True), ("sequence__isnull", False)),
                    _connector="OR",
                ),
                name="announcement_file_has_sequence",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.UniqueConstraint(
                fields=("message", "participant", "session"), name="announcement_once_in_message"
            ),
        ),
        same_edition("programme_announcement", "participant_id", "programme_participant"),
        same_edition("programme_announcement", "session_id", "programme_session"),
        migrations.RunSQL(WHAT_PEOPLE_KNOW, migrations.RunSQL.noop),
        # Processes of the release before still use the table until they end; the next release drops it.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="ToldSession")],
            database_operations=[migrations.RunSQL(REFERS_TO_NOTHING, migrations.RunSQL.noop)],
        ),
    ]
