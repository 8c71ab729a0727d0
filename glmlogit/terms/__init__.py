"""Which terms does a model need: tests of each, beside or after the others?"""
