"""What is in a file, and what is done to it on the way to a table: separators, marks, encodings, dates, labels?"""
