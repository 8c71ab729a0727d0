"""Which tables do papers print, and how are they made from fits?"""
