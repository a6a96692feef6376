"""Refunds that carriers paid: read from their files, booked as acts, held to what is due."""
