"""How do a formula or arrays and the user's options become rows that are ready to fit?"""
