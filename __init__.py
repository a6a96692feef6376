"""doisoat: rates telecom usage under a relief package and settles it, to the last dong."""

__version__ = "0.1.0"
