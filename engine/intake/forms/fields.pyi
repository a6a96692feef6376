from collections.abc import Sequence

from doisoat.engine.arrow.arrow import Texts

def split_fields(
    raw: bytes, delimiter: str, columns: int, wanted: Sequence[int], rows: int, line_bytes_max: int
) -> list[Texts] | None:
    """The fields of lines, of the wanted columns (places from 0), as pieces of `raw`.

    Args: raw: `rows` lines that end by LF, none empty; no quotes are looked for.
    Returns: None if a line has not `columns` fields or more than line_bytes_max bytes.
    """
