"""Months, carriers and events rated again, by the same or by other tariffs."""
