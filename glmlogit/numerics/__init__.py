"""TODO wing"""
