"""How does any table or file come in, and how are its columns held: as numbers, patterns or codes?"""
