from django.db import migrations, models


class Migration(migrations.Migration):
    """A reason is read for control characters by its kind of field; for the database nothing changes."""

    dependencies = [("programme", "0027_spent_sequences")]

    operations = [
        migrations.AlterField(
            model_name=model,
            name="status_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Why it is cancelled or put off: stands in the e-mail to those concerned, and on its page.",
                max_length=500,
                verbose_name="reason",
            ),
        )
        for model in ("session", "sessionevent")
    ]
