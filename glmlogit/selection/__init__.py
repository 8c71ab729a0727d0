"""Which terms shall a model have, and what does the choice from data cost?"""
