"""Tables that people upload: the bytes of a file become rows of cells, whatever its encoding, separator or workbook."""
