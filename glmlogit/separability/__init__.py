"""Does a finite maximum of the likelihood exist, and if not, which coefficients are infinite?"""
