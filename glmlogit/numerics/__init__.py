"""Arithmetic on arrays, no statistics: what does each row pass, factorisation or tail give, and how accurately?"""
