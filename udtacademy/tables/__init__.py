"""Tables that people give: the bytes of a file become lines of cells, whatever its encoding, separator or workbook."""
