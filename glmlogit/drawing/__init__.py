"""How do pictures look? Axes, styles and captions; no statistics are computed here."""
