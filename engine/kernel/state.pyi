STATE_COLUMNS: tuple[str, ...]
