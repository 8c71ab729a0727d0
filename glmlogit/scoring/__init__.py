"""How far are probabilities from what happened: scores, curves, maps to better ones, of arrays?"""
