import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# What is known of the time before there was this history: the addresses verified today, and those which people gave up
# themselves. Whoever changes their own address has signed in by a code that went to the old one.
BEFORE = """
    INSERT INTO programme_addressevent (pgh_created_at, pgh_label, id, email, verified, "primary", pgh_context_id, user_id)
    SELECT now(), 'insert', id, email, verified, "primary", NULL::uuid, user_id FROM account_emailaddress WHERE verified
    UNION ALL
    SELECT changed_at, 'delete', 0, email, true, true, context.id, pgh_obj_id
    FROM (
        SELECT pgh_obj_id, email, lead(email) OVER own AS next_email, lead(pgh_created_at) OVER own AS changed_at,
            lead(pgh_context_id) OVER own AS changed_in
        FROM programme_userevent WINDOW own AS (PARTITION BY pgh_obj_id ORDER BY pgh_id)
    ) kept
    JOIN pghistory_context context ON context.id = changed_in
    WHERE email <> next_email AND context.metadata ->> 'user' = pgh_obj_id::text
"""


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("programme", "0020_secrets"),
    ]

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[],
            options={
                "ordering": ["pk"],
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("account.emailaddress",),
        ),
        migrations.CreateModel(
            name="AddressEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.IntegerField()),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("verified", models.BooleanField(default=False, verbose_name="verified")),
                ("primary", models.BooleanField(default=False, verbose_name="primary")),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="address",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "programme_addressevent" ("email", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "primary", "user_id", "verified") VALUES (NEW."email", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."primary", NEW."user_id", NEW."verified"); RETURN NULL;',
                    hash="d880cb0c3b96af0bbf7ce0e5e15e2817056b26f9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f2a9c",
                    table="account_emailaddress",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="address",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "programme_addressevent" ("email", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "primary", "user_id", "verified") VALUES (NEW."email", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."primary", NEW."user_id", NEW."verified"); RETURN NULL;',
                    hash="8069523dc3aafb2dcfd54abc0793020ad9b0b284",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_52976",
                    table="account_emailaddress",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="address",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "programme_addressevent" ("email", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "primary", "user_id", "verified") VALUES (OLD."email", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."primary", OLD."user_id", OLD."verified"); RETURN NULL;',
                    hash="9edc8bbcaf870b6d5cd97aadb852c66164bf7f46",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_10193",
                    table="account_emailaddress",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
    ]
