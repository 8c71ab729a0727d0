"""How are coefficients shrunk towards 0, some of them to 0: penalised maxima and paths of them, of arrays?"""
