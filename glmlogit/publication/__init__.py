"""Which tables do papers print, and how are they made from data and fits?"""
