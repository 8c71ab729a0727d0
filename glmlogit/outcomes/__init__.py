"""Do levels of an outcome differ, and do odds ratios hold at every cut between them?"""
