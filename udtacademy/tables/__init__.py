"""Read uploaded tables: the bytes of a text file or workbook become rows of cells, in any encoding."""
