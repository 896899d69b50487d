"""Write the plain letters, and the plain names of people who were registered before there were any."""

from typing import Any

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
def fill_plain_names(**_signal: Any) -> None:
    """Write the letters after `migrate`, and if that changed any, the plain names again."""
    known = letters()
    with connection.cursor() as cursor:
        cursor.execute(LETTERS, [list(known), list(known.values())])
        if cursor.rowcount:
            cursor.execute(EVERYBODY)
