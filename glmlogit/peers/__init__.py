"""What do other systems say of the same model and data?"""
