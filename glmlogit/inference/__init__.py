"""What is an estimate worth: its limits, its tests, and when these cannot be trusted?"""
