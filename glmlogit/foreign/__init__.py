"""What do results of other programs say, and which fit of this package is the same model?"""
