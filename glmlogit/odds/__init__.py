"""What do combinations of coefficients say: odds ratios in strata, between levels, of two exposures together?"""
