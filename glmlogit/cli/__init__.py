"""What does a person type at a shell, and what is answered there?"""
