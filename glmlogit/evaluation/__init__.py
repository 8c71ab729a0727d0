"""How good are probabilities: do they separate events from others, can they be trusted, what do decisions cost?"""
