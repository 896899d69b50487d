"""Read uploaded tables and write spreadsheets. Bytes of a text file or workbook become rows of cells, in any encoding."""
