import pgtrigger.compiler
import pgtrigger.migrations
import programme.models.encrypted
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("programme", "0018_longer_calendar_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="calendar_hash",
            field=programme.models.encrypted.HashField(
                editable=False, max_length=64, null=True, of="calendar_token", unique=True
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="content",
            field=programme.models.encrypted.EncryptedBinaryField(
                blank=True,
                help_text="As it is sent; see programme.mime.",
                only_if="is_sensitive",
                verbose_name="whole e-mail",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="text",
            field=programme.models.encrypted.EncryptedTextField(
                blank=True, only_if="is_sensitive", verbose_name="text"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="unsubscribe_url",
            field=programme.models.encrypted.EncryptedCharField(
                blank=True, max_length=500, only_if="is_sensitive", verbose_name="ends such e-mails"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="message",
            trigger=pgtrigger.compiler.Trigger(
                name="erases_secrets",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."is_sensitive" AND NOT (NEW."state" = \'queued\'))',
                    func="\n            NEW.text := '';\n            NEW.content := '';\n            NEW.unsubscribe_url := '';\n            RETURN NEW;\n        ",
                    hash="99a40900af75369de095a7a17cd32ea1435d911f",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_erases_secrets_ae494",
                    table="programme_message",
                    when="BEFORE",
                ),
            ),
        ),
    ]
