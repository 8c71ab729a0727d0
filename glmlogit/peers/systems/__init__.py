"""One file for each system that a fit is compared with: a value PEER, found by the name of its file."""
