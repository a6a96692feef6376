"""How the charge of one event or quote comes about, also as a letter to a subscriber."""
