"""What lets a stranger check what was settled, by whom, and that nothing was rewritten since."""
