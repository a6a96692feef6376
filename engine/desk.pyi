SUBSCRIPTION_COLUMNS: tuple[str, ...]
PORT_COLUMNS: tuple[str, ...]
