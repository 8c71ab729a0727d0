"""What is maximised: log-likelihoods, penalties and their combinations?"""
