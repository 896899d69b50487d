"""Write the plain letters, and the plain names of people who were registered before there were any."""

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import connection, transaction

from programme.rules.plain_words import letters

LETTERS = """
    INSERT INTO programme_plainletter (letter, plain) SELECT * FROM unnest(%s::text[], %s::text[])
    ON CONFLICT (letter) DO UPDATE SET plain = excluded.plain WHERE programme_plainletter.plain <> excluded.plain
"""
EVERYBODY = """
    INSERT INTO programme_plainname (participant_id) SELECT id FROM programme_participant WHERE state = 'registered'
    ON CONFLICT (participant_id) DO UPDATE SET participant_id = excluded.participant_id
"""


@transaction.atomic
def fill_plain_names(*, apps: Apps = installed, **_signal: Any) -> None:
    """Write the letters after `migrate`, and if that changed any, the plain names again.

    `apps`: the models of the last migration that was run. Does nothing if that is older than the letters.
    """
    if "plainletter" not in apps.all_models["programme"]:
        return
    known = letters()
    with connection.cursor() as cursor:
        cursor.execute(LETTERS, [list(known), list(known.values())])
        if cursor.rowcount:
            cursor.execute(EVERYBODY)
