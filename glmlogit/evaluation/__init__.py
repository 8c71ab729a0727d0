"""How good is a fit: row by row, and as a whole?"""
