"""The mapping: which column of a file is which field, and how its texts are read."""
