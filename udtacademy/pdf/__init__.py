"""PDF files: a template of `templates/pdf/` and values become a tagged file, typeset by Typst (decision 62)."""
