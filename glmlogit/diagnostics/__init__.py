"""Does the model describe the rows it was fitted to, and which rows and columns decide its coefficients?"""
