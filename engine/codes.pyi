from doisoat.engine.arrow import ArrowStream

CODE_COLUMNS: tuple[str, ...]
TABLES: tuple[str, ...]

class Codes:
    owners_count: int
    numbers_count: int
    sessions_count: int
    def __init__(self, source: ArrowStream) -> None: ...
