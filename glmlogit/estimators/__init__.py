"""Which estimators are there? One file for each function that returns a fit."""
