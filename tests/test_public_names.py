"""What `import doisoat` gives, name by name with its signature: a change here is one for users."""

import inspect
import subprocess
import sys

import pytest

import doisoat

FRAME = "'ArrowStream'"
TARIFF = {
    "Catalogue": {
        "open": "(name: str | os.PathLike[str], overlays: collections.abc.Sequence[str |"
        " os.PathLike[str]] = ()) -> Self"
    },
    "Package": {
        "open": "(name: str | os.PathLike[str], readings: collections.abc.Mapping[str, str] | None"
        " = None) -> Self"
    },
}
CATALOGUE = "doisoat.api.tariffs.Catalogue | str | os.PathLike[str]"
PACKAGE = "doisoat.api.tariffs.Package | str | os.PathLike[str]"
PROGRESS = "progress: collections.abc.Callable[[int], None] = <function silent>"
FUNCTIONS = {
    "rate": (
        f"(events: {FRAME}, catalogue: {CATALOGUE}, package: {PACKAGE}, *, subscriptions: {FRAME},"
        " ports: 'ArrowStream | None' = None, packs: 'ArrowStream | None' = None,"
        " period: str | None = None, threads: int = 2) -> doisoat.api.rating.Rated"
    ),
    "quote": (
        "(events: collections.abc.Iterable[collections.abc.Mapping[str, typing.Any]],"
        f" catalogue: {CATALOGUE}, package: {PACKAGE}) -> list[dict[str, typing.Any]]"
    ),
    "simulate": (
        "(home: str | os.PathLike[str], *, seed: int | None = None,"
        " subscribers: int | None = None, period: str | None = None, clean: bool = False,"
        " buckets: int | None = None, threads: int = 2) -> doisoat.api.home.Home"
    ),
}
OF_RUN = "(self, period: str | None = None) -> "
METHODS = {
    "Home": {
        "open": "(path: str | os.PathLike[str]) -> Self",
        "init": (
            "(path: str | os.PathLike[str], *, carrier: str | None = None, lang: str | None = None,"
            " package: str | None = None, buckets: int = 16) -> Self"
        ),
        "intake": (
            "(self, files: str | os.PathLike[str] |"
            " collections.abc.Iterable[str | os.PathLike[str]], mapping: str, *,"
            " kind: Literal['usage', 'subscriptions', 'ports', 'packs', 'balances', 'allow-list',"
            " 'orders'] = 'usage', key: str | os.PathLike[str] | None = None,"
            f" subscriber: str | None = None, each: bool = False, {PROGRESS}) -> 'Accounting'"
        ),
        "settle": (
            f"(self, period: str | None = None, *, catalogue: {CATALOGUE} | None = None,"
            f" package: {PACKAGE} | None = None, carrier: str | None = None,"
            " by: str | None = None, after_cut_off: bool = False, replace: bool = False,"
            " whole: bool = False, events: bool = False,"
            f" threads: int = 2, {PROGRESS}) -> 'RunSummary'"
        ),
        "status": "(self) -> 'Status'",
        "verify": (
            "(self, *, papers: collections.abc.Iterable[str] = (),"
            f" trusted: collections.abc.Iterable[str] = (), {PROGRESS}) -> 'Verified'"
        ),
        "explain": f"(self, event_id: str, *, {PROGRESS}) -> 'Explanation'",
        "periods": "(self) -> collections.abc.Mapping[str, str]",
        "statement": OF_RUN + "'pl.DataFrame'",
        "statement_lines": OF_RUN + "'pl.DataFrame'",
        "totals": OF_RUN + "'pl.DataFrame'",
        "lines": OF_RUN + "'pl.DataFrame'",
        "suspended": OF_RUN + "'pl.DataFrame'",
        "catalogue": OF_RUN + "doisoat.api.tariffs.Catalogue",
        "package": OF_RUN + "doisoat.api.tariffs.Package",
        "events": "(self, period: str) -> 'pl.DataFrame'",
        "master": "(self, period: str) -> 'Master'",
    },
    **TARIFF,
    "Rated": {},
}
FIELDS = {
    "Home": ["path", "settings"],
    "Catalogue": ["carriers", "digest", "id"],
    "Package": ["digest", "id", "measures", "readings"],
    "Rated": ["events", "lines", "period", "suspended", "totals"],
}
ERRORS = {
    "CatalogueError": 4, "ConservationError": 70, "DoisoatError": 1, "ExecutorError": 9,
    "IntakeError": 5, "Interrupted": 130, "KeyFileError": 8, "PeriodError": 7, "StoreError": 6,
}  # fmt: skip


def test_these_names_are_public_and_no_others():
    names = {*FUNCTIONS, *METHODS, *ERRORS, "__version__"}
    assert set(doisoat.__all__) == names
    assert doisoat.__all__ == sorted(doisoat.__all__)
    assert dir(doisoat) == sorted(names)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_and_gives_this(name):
    function = getattr(doisoat, name)
    assert _signature(function) == FUNCTIONS[name]
    _is_documented(function)


@pytest.mark.parametrize("name", METHODS)
def test_a_class_has_these_members_and_no_others(name):
    kind = getattr(doisoat, name)
    own = {
        member: value
        for member, value in inspect.getmembers(kind)
        if not member.startswith("_") and not hasattr(tuple, member)
    }
    methods = {member: value for member, value in own.items() if inspect.isroutine(value)}
    assert {member: _signature(value) for member, value in methods.items()} == METHODS[name]
    annotated = [one for one in kind.__annotations__ if one != "model"]  # what it stands for
    assert sorted({*own, *annotated} - methods.keys()) == FIELDS[name]
    for value in (kind, *methods.values()):
        _is_documented(value)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_says_what_where_and_how_to_mend(name):
    error = getattr(doisoat, name)("nothing", "nowhere", "no matter")
    assert isinstance(error, doisoat.DoisoatError) and error.exit_code == ERRORS[name]
    assert (error.what, error.where, error.mend) == ("nothing", "nowhere", "no matter")


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="has no attribute 'Homes'"):
        _ = doisoat.Homes  # type: ignore[attr-defined]


def test_importing_it_imports_nothing_of_it():
    script = (
        "import sys, doisoat; doisoat.DoisoatError;"
        "print(sorted(n for n in sys.modules if n.startswith(('doisoat', 'polars', 'duckdb'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    words = ["doisoat.messages", "doisoat.messages.catalogue", "doisoat.messages.text"]
    names = ["doisoat", "doisoat.currency", "doisoat.errors", *words, "doisoat.state"]
    assert done.stdout.strip() == str(names)


def test_rating_a_frame_needs_no_database():
    """What rates a frame imports neither DuckDB nor what reads carriers' files."""
    script = (
        "import sys, doisoat; doisoat.rate, doisoat.Package;"
        "print([n for n in ('duckdb', 'xlsxwriter', 'cryptography', 'doisoat.engine.intake')"
        " if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def _signature(function):
    told = str(inspect.signature(function)).replace("typing.Self", "Self")
    told = told.replace("typing.Literal", "Literal")
    head, mark, tail = told.partition("<function silent")
    return head + mark + ">" + tail.partition(">")[2] if mark else told


def _is_documented(value):
    said = inspect.getdoc(value) or ""
    assert (said and said.split("\n")[0].endswith((".", ":"))) or "\n" in said
