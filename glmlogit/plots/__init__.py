"""What does a fit show in a picture?"""
