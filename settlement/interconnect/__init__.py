"""Calls between carriers: amounts of a month, and the two legs of a call."""
