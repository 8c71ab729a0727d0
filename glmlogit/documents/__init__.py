"""How do strings become tables, pages and files? No statistics are computed here."""
