"""The ministry's home: the evidence packs of all carriers taken in, settled, and held to them."""
