"""What lies in a home of adjustments, claims, reconciliations and refunds."""
