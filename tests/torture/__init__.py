"""Kills, full disks and lost power, by the hundred: `make torture`."""
