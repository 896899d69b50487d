"""What the composite foreign keys of 0002 check is not checked a second time by single ones, for each row."""

from typing import Any

from django.db import migrations, models

ABOUT: dict[str, dict[str, Any]] = {
    "participant": {"to": "programme.participant", "verbose_name": "participant"},
    "session": {"to": "programme.session", "verbose_name": "session"},
    "edition": {"to": "programme.edition", "editable": False},
}


class Migration(migrations.Migration):
    dependencies = [("attendance", "0010_first_evidence"), ("programme", "0015_rights_of")]
    operations = [
        migrations.AlterField(model, name, models.ForeignKey(on_delete=models.PROTECT, db_constraint=False, **more))
        for model in ("attendance", "decision", "evidence", "excuse")
        for name, more in ABOUT.items()
    ]
