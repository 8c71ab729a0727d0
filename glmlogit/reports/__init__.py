"""What does a fit say on a page, in tables and in sentences?"""
