"""From probabilities to decisions: thresholds, what errors cost, who gains?"""
