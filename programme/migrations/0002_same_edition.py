"""Composite foreign keys: what refers to an edition twice refers to the same one both times."""

from django.db import migrations


def same_edition(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_same_edition"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, edition_id)"
        f" REFERENCES {target} (id, edition_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_initial")]

    operations = [
        same_edition("programme_participant", "delegation_id", "programme_delegation"),
        same_edition("programme_session", "track_id", "programme_track"),
    ]
