"""Read back the spreadsheets that the site makes."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree as ET

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of_csv(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


def unescaped(text):
    """A workbook writes control characters as _x0009_."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda it: chr(int(it[1], 16)), text)


def rows_of_xlsx(content):
    """The texts of the only sheet, and the types of its cells."""
    parts = parts_of(content)
    rows, types = [], set()
    for row in ET.fromstring(parts["xl/worksheets/sheet1.xml"]).iter(f"{MAIN}row"):
        cells = {}
        for cell in row.iter(f"{MAIN}c"):
            types.add(cell.get("t"))
            texts = (it.text or "" for it in cell.iter(f"{MAIN}t"))
            cells[re.match("[A-Z]+", cell.get("r"))[0]] = unescaped("".join(texts))
        rows.append(cells)
    return rows, types
