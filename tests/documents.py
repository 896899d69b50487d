"""Small files of each kind that people give as answers, and of kinds that are refused."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
ODT_TYPE = "application/vnd.oasis.opendocument.text"


def zipped(**entries):
    """A ZIP file with entries by name, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as document:
        for name, content in entries.items():
            document.writestr(name, content)
    return out.getvalue()


def docx(types="<Types/>", **more):
    return zipped(**{"[Content_Types].xml": types, "word/document.xml": "<w:document/>"} | more)


def odt(mimetype=ODT_TYPE, **more):
    return zipped(**{"mimetype": mimetype, "content.xml": "<office/>"} | more)
