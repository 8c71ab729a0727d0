"""One file for each format of pages: a value FORMAT, found by the name of its file."""
