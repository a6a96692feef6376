SUBSCRIPTION_COLUMNS: tuple[str, ...]
PORT_COLUMNS: tuple[str, ...]
CONFLICT_COLUMNS: tuple[str, ...]
