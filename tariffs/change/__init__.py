"""Shows a tariff at a moment, compares two, and makes another one out of it by a patch."""
