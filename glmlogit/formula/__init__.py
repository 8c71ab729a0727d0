"""How does the text of a formula become columns, safely, and the same columns again for new data?"""
