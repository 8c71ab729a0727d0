"""What can be computed from 2×2 tables and odds ratios, without a model?"""
