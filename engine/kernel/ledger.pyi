LINE_COLUMNS: tuple[str, ...]
SUSPENSE_COLUMNS: tuple[str, ...]
RATED_COLUMNS: tuple[str, ...]
REFUND_COLUMNS: tuple[str, ...]
OWNER_COLUMNS: tuple[str, ...]
TOTAL_VALUES: tuple[str, ...]
GRAIN_FULL: int
GRAIN_CARRIER_DAY: int
GRAIN_PLACES: int
NO_OWNERS: int
