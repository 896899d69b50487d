"""PDF files as a reader has them."""

from io import BytesIO

from pypdf import PdfReader


def reader_of(content):
    return PdfReader(BytesIO(content))


def text_of(content):
    """The text of all pages, spaces and breaks as one space."""
    return " ".join(" ".join(page.extract_text() for page in reader_of(content).pages).split())


def lines_of(page):
    """The lines of text on a page with the heights of their baselines and their sizes, in points."""
    lines = []

    def visit(text, matrix, _text_matrix, _font, size):
        if text.strip():
            lines.append((text.strip(), matrix[5], size))

    page.extract_text(visitor_text=visit)
    return lines


def tags_of(content):
    """The structure types of the document's tags, in order."""
    found = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, list):
            for kid in node:
                walk(kid)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node["/S"][1:])
            if "/K" in node:
                walk(node["/K"])

    walk(reader_of(content).trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found
