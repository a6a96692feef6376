"""Master data: subscriptions, packs, ports, lists and orders, and which row of them stands."""
