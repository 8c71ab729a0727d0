"""How do levels of an outcome compare: with another base, two of them, all without one, at every cut between?"""
