from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0013_fetched_reports")]

    operations = [
        migrations.AlterField(
            model_name="platformperson",
            name="how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("link", "by their own link"),
                    ("email", "by email address"),
                    ("alias", "by alias"),
                    ("chosen", "chosen"),
                    ("nobody", "not a participant"),
                    ("open", "left open"),
                ],
                max_length=10,
            ),
        ),
    ]
