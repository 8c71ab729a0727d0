"""One file for each command: a value COMMAND, found by the name of its file."""
