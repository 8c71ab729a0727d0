"""From odds to probabilities: what does a change of a variable do to the risk?"""
