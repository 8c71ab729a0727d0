"""How many people must a study have?"""
