"""Damaged files by the hundred thousand: intake takes, suspends or refuses, and never breaks."""
