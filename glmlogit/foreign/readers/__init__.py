"""One file for each kind of result that can be compared: a value READER, found by the name of its file."""
