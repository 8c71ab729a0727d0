"""How is a model fitted again: to folds, to bootstrap samples, with all that it learned from its rows?"""
