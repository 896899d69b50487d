"""Looking for secrets in a copy of the database as whoever has stolen it would: in every column, unpacked."""

import base64
import quopri
import re
import zlib
from contextlib import suppress

from django.db import connection

PACKED = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
DEPTH = 3
STANDARD = bytes.maketrans(b"-_", b"+/")


def cells():
    """Each value of each table of the test's database, with where it lies: ("table.column", bytes)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [it.name for it in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if value is not None:
                        yield f"{table}.{column}", as_bytes(value)


def as_bytes(value):
    return bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def unpacked(value, depth=DEPTH):
    """The value, and what is in it as quoted-printable, base64 (also in lines, as in emails) or zlib; that unpacked, too."""
    forms = {value, quopri.decodestring(value), re.sub(rb"[\r\n]", b"", value)}
    yield from forms
    if depth:
        for form in forms:
            for packed in PACKED.findall(form):
                for plain in decoded(packed):
                    yield from unpacked(plain, depth - 1)


def decoded(packed):
    """What base64 makes of it, wherever in it that begins."""
    text = packed.translate(STANDARD)
    for start in range(4):
        whole = text[start : len(text) - (len(text) - start) % 4]
        plain = base64.b64decode(whole)
        if plain:
            yield plain
        rest = text[start:]
        if len(rest) % 4 > 1:
            yield base64.b64decode(rest + b"=" * (-len(rest) % 4))
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(plain)


def found_in_dump(secrets):
    """Where in the database which secret lies: {"table.column: its name"}. `secrets` are texts by name."""
    sought = {name: text.encode() for name, text in secrets.items()}
    places = set()
    for where, cell in cells():
        for plain in unpacked(cell):
            places |= {f"{where}: {name}" for name, text in sought.items() if text in plain}
    return places
