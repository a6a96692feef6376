"""Files of every form that are refused whole: message, exit status, and a home as it was."""

import gzip
import os
import resource
import zlib

import polars as pl
import pytest

from doisoat.errors import IntakeError

from . import forms
from .test_accounting import totals

RECORDS = forms.records(40)
PACKED = {"gz": gzip.compress(forms.text(RECORDS)), "zst": forms.zstd.compress(forms.text(RECORDS))}
GIB = 1 << 30


def flipped(content, at, bit=1):
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]


@pytest.fixture
def refuse(refused, tmp_path):
    def refuse(content, name, mapping="world", **options):
        (tmp_path / name).write_bytes(content)
        error = refused(tmp_path / name, mapping=mapping, **options)
        assert error["where"].startswith(name)
        return error["what"]

    return refuse


@pytest.mark.parametrize("how", ["write_parquet", "write_ipc", "write_ipc_stream"])
def test_columns_that_say_far_more_than_their_size_are_refused(refuse, how, tmp_path):
    """Rows that are all alike take hardly a bit each: 654 kB of them were 20 million."""
    one = pl.read_csv(forms.text([{**RECORDS[0], "session": "s" * 200}]), infer_schema=False)
    alike = one.select(pl.all().repeat_by(1_000_000).explode())
    path = tmp_path / "alike"
    getattr(alike, how)(path, compression="zstd")
    content = path.read_bytes()
    assert len(content) < 1 << 21
    path.unlink()
    what = refuse(content, "alike.bin")
    assert "it unpacks to more than 100 times its size" in what


@pytest.mark.parametrize(("content", "name", "what"), [
    pytest.param(PACKED["gz"][:-9], "a.gz", "damaged gzip data: it is cut short", id="gz cut"),
    pytest.param(PACKED["gz"][:-4], "a.gz", "damaged gzip data: it is cut short", id="gz no size"),
    pytest.param(flipped(PACKED["gz"], -6), "a.gz", "incorrect data check", id="gz CRC"),
    pytest.param(flipped(PACKED["gz"], -2), "a.gz", "incorrect length check", id="gz length"),
    pytest.param(PACKED["gz"] + b"\0", "a.gz", "something else stands behind", id="gz and a NUL"),
    pytest.param(PACKED["gz"] + b"junk", "a.gz", "something else stands behind", id="gz and junk"),
    pytest.param(gzip.compress(b""), "a.gz", "nothing, compressed by gzip", id="gz empty"),
    pytest.param(b"\x1f\x8b", "a.gz", "damaged gzip data: it is cut short", id="gz two bytes"),
    pytest.param(PACKED["zst"][:-3], "a.zst", "damaged zstd data: it is cut short", id="zst cut"),
    pytest.param(flipped(PACKED["zst"], -9), "a.zst", "damaged zstd data", id="zst flipped"),
    pytest.param(PACKED["zst"] + b"junk", "a.zst", "something else stands behind", id="zst, junk"),
    pytest.param(gzip.compress(PACKED["gz"]), "a.gz", "compressed by gzip, compressed by gzip",
                 id="packed twice"),
    pytest.param(gzip.compress(forms.parquet(RECORDS)), "a.gz", "a Parquet file, compressed",
                 id="Parquet, packed"),
    pytest.param(forms.zstd.compress(forms.sqlite(RECORDS)), "a.zst", "an SQLite database, compr",
                 id="SQLite, packed"),
    pytest.param(forms.arrow_file(RECORDS)[:-1], "a.arrow", "not readable as Arrow", id="file cut"),
    pytest.param(forms.arrow_file(RECORDS) + b"x", "a.arrow", "not readable as Arrow",
                 id="an Arrow file and more"),
    pytest.param(forms.arrow_stream(RECORDS)[:-100], "a.arrows", "not readable as Arrow: cut short",
                 id="stream cut"),
    pytest.param(forms.arrow_stream(RECORDS) + b"x", "a.arrows", "something else stands behind",
                 id="a stream and more"),
    pytest.param(forms.parquet(RECORDS)[:-1], "a.parquet", "not readable as Parquet", id="cut"),
    pytest.param(b'[{"kind": "voice"},\n{"kind": "sms"}]\n', "a.json", "one JSON document",
                 id="a JSON list"),
    pytest.param(b'{\n "kind": "voice"\n}\n', "a.json", "one JSON document", id="JSON, indented"),
    pytest.param(b'{"a": 1}\n' * 9, "a.jsonl", "its objects do not have the keys", id="other keys"),
    pytest.param('{"a": 1}\n'.encode("utf-16"), "a.jsonl", "UTF-16 text", id="JSON in UTF-16"),
    pytest.param(b"SQLite format 3\0" + bytes(84), "a.db", "names no table", id="an SQLite head"),
])  # fmt: skip
def test_a_damaged_file_is_refused_whole(refuse, content, name, what):
    assert what in refuse(content, name)


@pytest.mark.parametrize(("cut", "what"), [
    pytest.param(lambda raw: raw[: len(raw) // 2], "not readable as SQLite", id="cut"),
    pytest.param(lambda raw: raw[:17], "not readable as SQLite", id="its first bytes alone"),
    pytest.param(lambda raw: raw[:4096] + bytes(4096) + raw[8192:], "not readable as SQLite",
                 id="a page of zeros"),
])  # fmt: skip
def test_a_damaged_database_is_refused_whole(refuse, tmp_path, cut, what):
    content = cut(forms.sqlite(forms.records(400)))
    assert what in refuse(content, "a.db", mapping=forms.mapping_for("db", tmp_path))


def test_a_column_that_is_neither_text_nor_whole_is_refused(refuse):
    import polars as pl

    frame = forms.frame(RECORDS).with_columns(duration_s=pl.lit(61.25))
    for name, content in (
        ("a.arrow", forms.written(frame.write_ipc)),
        ("a.arrows", forms.written(frame.write_ipc_stream)),
    ):
        assert "column 'duration_s' is Float64" in refuse(content, name)


def test_mapping_by_place_of_a_form_with_names(refuse):
    assert "columns by place" in refuse(forms.json_lines(RECORDS), "a.jsonl", mapping="asterisk")
    assert "columns by place" in refuse(forms.arrow_file(RECORDS), "a.arrow", mapping="asterisk")


def bomb(form, piece, size):
    """A record, and then the piece until so many bytes are packed."""
    packers = {
        "gz": lambda: zlib.compressobj(9, zlib.DEFLATED, 31),
        "zst": forms.zstd.ZstdCompressor,
    }
    packer = packers[form]()
    head = packer.compress(forms.text(RECORDS[:1]))
    packed = [packer.compress(piece) for _ in range(size // len(piece))]
    return head + b"".join(packed) + packer.flush()


@pytest.mark.parametrize(("form", "piece"), [
    pytest.param("gz", b"a," * (1 << 19), id="one endless line"),
    pytest.param("zst", b"x\n" * (1 << 19), id="short lines"),
])  # fmt: skip
def test_a_bomb_is_refused_within_bounds(refuse, form, piece):
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
        resource.setrlimit(resource.RLIMIT_DATA, (3 * GIB, 3 * GIB))

    content = bomb(form, piece, GIB)
    assert len(content) < GIB / 100
    assert "more than 100 times its size" in refuse(content, f"a.{form}", before=limit)


@pytest.mark.parametrize("head", [forms.text(RECORDS[:1]), forms.json_lines(RECORDS[:1])])
def test_a_file_of_broken_lines_is_another_kind_of_file(take, tmp_path, head, monkeypatch):
    monkeypatch.setattr("doisoat.engine.intake.forms.raw_chunks.BROKEN_LINES_MAX", 1_000)
    path, line = tmp_path / "file", b"x\n" if head.startswith(b"record_key") else b"{\n"
    path.write_bytes(head + line * 1_000)
    assert totals(take(path)) == (1_001, 1, 0, 1_000, 0)
    path.write_bytes(head + line * 1_001)
    with pytest.raises(IntakeError, match="more than 1000 of its lines are no records"):
        take(path)


def test_small_files_may_pack_to_anything(take, tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(forms.text([RECORDS[0]] * 20_000)))
    assert path.stat().st_size * 100 < 20_000 * 100
    assert totals(take(path)) == (20_000, 1, 19_999, 0, 0)


def test_a_fifo_and_a_folder_by_any_name(refused, tmp_path):
    os.mkfifo(tmp_path / "a.jsonl.gz")
    (tmp_path / "a.db").mkdir()
    assert refused(tmp_path / "a.jsonl.gz", mapping="world")["what"].endswith(
        " | not a regular file"
    )
    assert refused(tmp_path / "a.db", mapping="world")["what"] == "đây là thư mục | a folder"


CANARY = "0961234567"


@pytest.mark.parametrize(("content", "name"), [
    pytest.param(f'{{"{CANARY}": 1}}\n'.encode(), "a.jsonl", id="a key"),
    pytest.param(f"{CANARY},a\n{CANARY},b\n".encode(), "a.csv", id="a header"),
    pytest.param(forms.sqlite(RECORDS, CANARY), "a.db", id="a table"),
    pytest.param(forms.text(RECORDS).replace(b"84961230000", CANARY.encode()) + b"\xff\n",
                 f"{CANARY}.csv.gz", id="no gzip at all"),
    pytest.param(gzip.compress(CANARY.encode() * 99)[:-1], f"{CANARY}.gz", id="a name"),
])  # fmt: skip
def test_no_number_is_in_a_refusal(run, home, tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    told = run("intake", tmp_path / name, "--mapping", forms.mapping_for(name[-2:], tmp_path),
               "--home", home)  # fmt: skip
    assert CANARY not in told.stdout + told.stderr
    for path in home.rglob("*"):
        assert CANARY not in path.name and (
            path.is_dir() or CANARY.encode() not in path.read_bytes()
        )
