"""Usage records: how they become events, and the parts of a home that keep them."""
