"""What does a fit predict for rows as they are, as they might be, and for new ones?"""
