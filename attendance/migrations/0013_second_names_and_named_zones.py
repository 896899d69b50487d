"""What somebody registered with beside the name a meeting shows, and the time zone that a file names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0012_clicks")]
    operations = [
        migrations.AddField(
            "report",
            "named_zone",
            models.CharField(
                blank=True, db_default="", default="", max_length=60, verbose_name="time zone in the file"
            ),
        ),
        migrations.AddField(
            "reportedperson", "second_name", models.CharField(blank=True, db_default="", default="", max_length=700)
        ),
        migrations.AddField(
            "reportedperson", "second_email", models.CharField(blank=True, db_default="", default="", max_length=300)
        ),
    ]
