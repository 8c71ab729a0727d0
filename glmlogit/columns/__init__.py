"""How are the columns of a model made again: for new rows, for changed ones, in derivatives, on average?"""
