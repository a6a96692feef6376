"""`python -m doisoat.settlement.database.build_schema_template`: declares the objects of
relief.duckdb beforehand.

What makes the package calls it: a settle then copies the objects, where it would give nine hundred
statements. `schema_template.packaged_content` finds the file.
"""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from doisoat.settlement.database import schema_template as declared
from doisoat.state import STATE
from doisoat.tariffs.load.jurisdiction import state_of_before


def main() -> None:
    """Put the file beside the code, in place of any that was made before.

    Its comments name the currency of vn-2021; a home in another declares its own.
    """
    STATE.use(state_of_before())
    with TemporaryDirectory(prefix="doisoat-declared-") as folder:
        path = Path(folder) / "declared.duckdb"
        declared.write(path)
        content = path.read_bytes()
    for old in declared.PACKAGED_IN.glob("declared-*.duckdb"):
        old.unlink()
    digest = sha256(content).hexdigest()[: declared.DIGEST]
    (declared.PACKAGED_IN / f"declared-{declared.key()}-{digest}.duckdb").write_bytes(content)


if __name__ == "__main__":
    main()
