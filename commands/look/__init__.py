"""Commands that look: status, explanation, page, verification and log."""
