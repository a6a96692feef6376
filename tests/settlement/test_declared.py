"""The file of declared objects that is made with the package: what a settle takes, and when not."""

import gettext
import shutil
from contextlib import closing
from hashlib import sha256

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.errors import StoreError
from doisoat.messages import text
from doisoat.settlement.database import (
    build_schema_template as keep_declared,
)
from doisoat.settlement.database import (
    public_database as face,
)
from doisoat.settlement.database import (
    schema_template as declared,
)
from doisoat.settlement.database import (
    tables,
)
from doisoat.settlement.database.sql_text import SQL
from doisoat.settlement.verify.database_diff import differences


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder of the package's where the file was made, of a process that declared nothing yet."""
    folder = tmp_path / "package"
    folder.mkdir()
    monkeypatch.setattr(declared, "PACKAGED_IN", folder)
    monkeypatch.setattr(declared, "DECLARED", {})
    keep_declared.main()
    return folder


def _settled(home, world):
    world.settle_by(home, world.catalogue_of(), world.package_of())


def _found(home, tmp_path):
    """What `doisoat verify` finds of the tables: it declares them by the texts."""
    with face.unfilled(open_home(home), tmp_path / "again.duckdb") as made:
        assert made is not None
        return list(differences(home / face.FACE, made))


def _only_file(folder):
    (path,) = folder.iterdir()
    return path


def test_a_settle_copies_what_was_declared_beforehand(home, kept, world, monkeypatch, tmp_path):
    with monkeypatch.context() as patched:
        patched.setattr(declared, "declare", None)  # so it is not called
        _settled(home, world)
    assert not declared.DECLARED and not _found(home, tmp_path)
    assert len(declared.DECLARED) == 1


def test_the_file_is_made_anew_in_place_of_another(kept):
    first = _only_file(kept)
    (kept / "declared-0123456789abcdef-0.duckdb").write_bytes(b"of other texts")
    keep_declared.main()
    assert declared.packaged_content() == _only_file(kept).read_bytes()
    assert _only_file(kept).name.split("-")[1] == first.name.split("-")[1] == declared.key()


@pytest.mark.parametrize("other", ["nothing", "a type", "a comment", "a translation", "duckdb"])
def test_a_file_of_other_texts_or_another_duckdb_is_not_taken(kept, tmp_path, monkeypatch, other):
    assert declared.packaged_content() is not None
    texts = shutil.copytree(SQL, tmp_path / "sql")
    path = texts / "rated.sql"
    content = path.read_text("utf-8")
    if other == "a type":
        path.write_text(content.replace("shard  SMALLINT", "shard  BIGINT"), "utf-8")
    elif other == "a comment":
        path.write_text(content.replace("-- Shard, 0 to 1023", "-- Shard, from 0"), "utf-8")
    elif other == "a translation":
        monkeypatch.setattr(text, "translation", lambda language: gettext.NullTranslations())
    elif other == "duckdb":
        monkeypatch.setattr(duckdb, "__version__", "2.99.0")
    monkeypatch.setattr(tables, "SQL", texts)
    assert (declared.packaged_content() is not None) == (other == "nothing")


@pytest.mark.parametrize("damage", ["a byte", "the end", "all"])
def test_a_damaged_file_is_named_and_nothing_is_published(home, kept, world, tmp_path, damage):
    path = _only_file(kept)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"a byte": content, "the end": content[:-1], "all": b""}[damage])
    with pytest.raises(StoreError, match="a file of the program is not as it was made") as caught:
        _settled(home, world)
    assert caught.value.where == str(path) and "install doisoat again" in caught.value.mend
    assert not (home / face.FACE).exists() and not list(home.glob("runs/*"))
    path.unlink()
    _settled(home, world)
    assert not _found(home, tmp_path)


def test_whoever_puts_another_file_there_is_found_out_by_verify(home, kept, world, tmp_path):
    """Its name goes with what it holds, and the texts are the honest ones."""
    path = _only_file(kept)
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("COMMENT ON TABLE settlement.statement IS 'đã duyệt | approved'")
    digest = sha256(path.read_bytes()).hexdigest()[: declared.DIGEST]
    path.rename(path.with_name(f"declared-{declared.key()}-{digest}.duckdb"))
    _settled(home, world)
    (finding,) = _found(home, tmp_path)
    assert "table settlement.statement is not the one that parts and runs make" in finding
