"""What is said of one event: readings turned, the steps in words, the letter to a subscriber."""
