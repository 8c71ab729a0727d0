"""How does a fit leave the program: as a file without its rows, in SQL, in a spreadsheet, in an equation?"""
