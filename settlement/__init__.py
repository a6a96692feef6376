"""Settlement: envelope, statements, reconciliation and evidence."""
