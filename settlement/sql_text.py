"""How columns of parts and runs become columns of relief.duckdb."""


def uuid_of(name: str, *, nil_is_null: bool = False) -> str:
    """(hi, lo) as the UUID that has the same bytes."""
    value = f"CAST(({name}_hi::UHUGEINT << 64) + {name}_lo AS UUID)"
    return f"CASE WHEN {name}_hi <> 0 OR {name}_lo <> 0 THEN {value} END" if nil_is_null else value


def moment_of(name: str) -> str:
    """Civil milliseconds as a timestamp."""
    return f"make_timestamp({name} * 1000)"
