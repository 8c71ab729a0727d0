"""How does any table come in, and how are its columns held: as numbers, patterns or codes?"""
