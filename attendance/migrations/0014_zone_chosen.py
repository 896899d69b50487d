"""Whether an organiser has chosen the time zone of a report over the one that its file names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0013_second_names_and_named_zones")]
    operations = [
        migrations.AddField("report", "is_zone_chosen", models.BooleanField(db_default=False, default=False)),
    ]
