"""How is the maximum found, and to how many digits?"""
