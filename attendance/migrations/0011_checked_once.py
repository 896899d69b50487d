"""What the composite foreign keys of 0002 check is not checked a second time by single ones, for each row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0010_first_evidence"),
        ("programme", "0015_rights_of"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attendance",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False, editable=False, on_delete=django.db.models.deletion.PROTECT, to="programme.edition"
            ),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="participant",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.participant",
                verbose_name="participant",
            ),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.session",
                verbose_name="session",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False, editable=False, on_delete=django.db.models.deletion.PROTECT, to="programme.edition"
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="participant",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.participant",
                verbose_name="participant",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.session",
                verbose_name="session",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False, editable=False, on_delete=django.db.models.deletion.PROTECT, to="programme.edition"
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="participant",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.participant",
                verbose_name="participant",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.session",
                verbose_name="session",
            ),
        ),
        migrations.AlterField(
            model_name="excuse",
            name="edition",
            field=models.ForeignKey(
                db_constraint=False, editable=False, on_delete=django.db.models.deletion.PROTECT, to="programme.edition"
            ),
        ),
        migrations.AlterField(
            model_name="excuse",
            name="participant",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.participant",
                verbose_name="participant",
            ),
        ),
        migrations.AlterField(
            model_name="excuse",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="programme.session",
                verbose_name="session",
            ),
        ),
    ]
