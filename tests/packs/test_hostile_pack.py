"""Packs that somebody forged: both verifiers refuse each by name, soon, and run no code of it."""

import json
import os
import subprocess
import sys

import duckdb
import pytest

from doisoat.cli import run as command_line
from doisoat.engine.store import commit
from doisoat.settlement.log.checkpoint import short_form
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.packs.build import sealed
from doisoat.settlement.packs.contents import ALWAYS, names_of
from tests.integration.conftest import done

from .conftest import CARRIER, MONTH, script
from .test_pack import relisted, rewritten, verified

SECONDS = 60  # none of these takes one on a machine that is not busy


def by_script(folder, *args):
    """Exit status and words of verify_pack.py, which ends without a traceback."""
    command = [sys.executable, folder / "verify_pack.py", *args]
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=SECONDS
    )
    assert "Traceback" not in found.stderr, found.stderr
    return found.returncode, found.stdout


def refused_by_both(folder, *named):
    """Both refuse it, and each names the file."""
    told = verified(folder)
    assert not told["ok"]
    status, said = by_script(folder)
    assert status == 1 and "SAI | WRONG" in said
    for name in named:
        assert any(name in f"{one['where']} {one['what']}" for one in told["findings"]), told
        assert name in said, said
    return told, said


# --- code of the pack's --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["argparse.py", "json.py", "cryptography/__init__.py", "os.py", "re.so", "encodings/x.py"],
)
def test_nothing_is_imported_out_of_a_pack(pack, name):
    path = pack / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"import pathlib; pathlib.Path({str(pack.parent / 'ran')!r}).touch()\n"
        "print('signed: right'); raise SystemExit(0)\n",
        "utf-8",
    )
    refused_by_both(pack, name.partition("/")[0])
    relisted(pack)
    refused_by_both(pack, name.partition("/")[0])
    assert not (pack.parent / "ran").exists()


def test_the_script_runs_from_elsewhere_too(packed, tmp_path):
    other = tmp_path / "verify_pack.py"
    other.write_bytes((packed / "verify_pack.py").read_bytes())
    (tmp_path / "json.py").write_text("raise SystemExit('taken')", "utf-8")
    found = subprocess.run(
        [sys.executable, other, packed], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0 and "đúng | right" in found.stdout, found.stderr


# --- what a pack must have -----------------------------------------------------------------------


def test_a_pack_has_the_files_that_both_verifiers_know(packed):
    run = json.loads((packed / "run" / "manifest.json").read_bytes())
    there = {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()}
    listed = {one["name"]: one for one in run["files"]}
    assert there - {"manifest.json"} == names_of(listed, CARRIER, MONTH)
    told = (
        f"import runpy; found = runpy.run_path({str(packed / 'verify_pack.py')!r}, run_name='it');"
        " print(*sorted(found['ALWAYS']))"
    )
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout.split() == sorted(ALWAYS)


def test_a_pack_without_one_of_its_files_is_refused_by_both(pack):
    run = json.loads((pack / "run" / "manifest.json").read_bytes())
    names = names_of({one["name"]: one for one in run["files"]}, CARRIER, MONTH)
    for name in sorted(names - {"verify_pack.py"}):
        path = pack / name
        whole = path.read_bytes()
        path.unlink()
        relisted(pack)
        refused_by_both(pack, name)
        path.write_bytes(whole)
    relisted(pack)
    assert verified(pack)["ok"] and by_script(pack)[0] == 0


# --- what is signed ------------------------------------------------------------------------------


def stripped(folder):
    """Cut a signed pack's log to the settling, as an unsigned pack has it."""
    about = json.loads((folder / "manifest.json").read_bytes())
    lines = (folder / "log.jsonl").read_bytes().splitlines()
    while json.loads(lines[-1])["what"] != "settle":
        lines.pop()
    (folder / "log.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (folder / "signers.txt").write_text("", "utf-8")
    tree = Tree(lines)
    relisted(
        folder,
        signed=False,
        signer=None,
        number=None,
        log={"size": len(tree), "root": tree.root().hex()},
        checkpoint=short_form(len(tree), tree.root()),
    )
    return about


def test_a_pack_whose_signature_was_taken_off_is_not_right_for_who_names_a_signer(
    signed, keys
):  # fmt: skip
    out, of_sign, _ = signed
    key = keys[0]["ke-toan"]["public"]
    assert by_script(out, "--trust", key)[0] == 0
    stripped(out)
    assert verified(out)["ok"] and by_script(out)[0] == 0  # it is a draft, and says so
    status, said = by_script(out, "--trust", key)
    assert status == 3 and "right" not in said and "UNSIGNED" in said
    told = verified(out, "--trust", key)
    assert "nobody signed it" in told["findings"][0]["what"]
    status, said = by_script(out, "--paper", of_sign["checkpoint"])
    assert status == 1 and "--paper" in said


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"carrier": "viettel"}, "another"),
        ({"carrier": "nobody"}, "another"),
        ({"number": "99/2021/DS-VNPT"}, "number"),
        ({"signer": "giám-đốc 00000000"}, "signer"),
        ({"signer": None}, "signer"),
        ({"period": "2021-09"}, "period"),
    ],
    ids=["another carrier", "no carrier", "number", "signer", "no signer", "period"],
)
def test_what_a_pack_says_of_itself_is_held_to_what_was_signed(signed, more, named):
    out = signed[0]
    relisted(out, **more)
    assert not verified(out)["ok"]
    status, said = by_script(out)
    assert status == 1 and named in said, said


def test_other_signers_than_the_logs_are_found(signed):
    out = signed[0]
    path = out / "signers.txt"
    path.write_text(path.read_text("utf-8").replace("ke-toan", "ke-toan-2"), "utf-8")
    relisted(out)
    refused_by_both(out, "signers.txt")


def test_tables_of_another_carrier_are_found(signed, home, tmp_path):
    out = signed[0]
    done("pack", "viettel", MONTH, "--home", home, "--out", tmp_path / "other")
    for path in (tmp_path / "other" / "tables").iterdir():
        (out / "tables" / path.name).write_bytes(path.read_bytes())
    relisted(out)
    refused_by_both(out, "tables/statement.parquet", "tables/event.parquet")


def test_a_line_of_another_carrier_or_month_is_found(pack):
    rewritten(pack, "tables/statement_line.parquet", "UPDATE t SET period = '2021-09'")
    rewritten(
        pack, "tables/refund.parquet",
        "UPDATE t SET carrier = 'viettel' WHERE rowid = (SELECT min(rowid) FROM t)",
    )  # fmt: skip
    refused_by_both(pack, "tables/statement_line.parquet", "tables/refund.parquet")


def test_a_last_entry_that_says_more_than_was_signed_is_found(signed):
    """A blank, or a key said twice: JSON that is read the same, and is not what was written."""
    out = signed[0]
    lines = (out / "log.jsonl").read_bytes().splitlines()
    for last in (lines[-1] + b" ", lines[-1][:-1] + b',"run":"0","run":' + b'"x"}'):
        changed = [*lines[:-1], last]
        (out / "log.jsonl").write_bytes(b"".join(line + b"\n" for line in changed))
        tree = Tree(changed)
        relisted(
            out,
            log={"size": len(tree), "root": tree.root().hex()},
            checkpoint=short_form(len(tree), tree.root()),
        )
        refused_by_both(out, "log.jsonl")


# --- what is printed -----------------------------------------------------------------------------

ESCAPES = "\x1b[2K\x1b[1A\rvnpt 2021-08: đã ký | signed: đúng | right\n\u202e"


def test_names_of_a_pack_print_no_escape_and_no_line_of_their_own(pack, capfdbinary):
    (pack / f"x{ESCAPES}").write_bytes(b"")
    status, said = by_script(pack)
    assert status == 1
    assert command_line(["verify", str(pack)]) == 3
    by_us = capfdbinary.readouterr().out.decode()
    for text in (said, by_us):
        assert "\x1b" not in text and "\u202e" not in text and "\r" not in text
        assert r"\x1b[2K" in text
        assert not any(line.startswith("vnpt 2021-08: đã ký") for line in text.splitlines())


@pytest.mark.parametrize("more", [{"carrier": ESCAPES}, {"period": ESCAPES}, {"built_by": ESCAPES},
                                  {"checkpoint": ESCAPES}, {"run": ESCAPES}])  # fmt: skip
def test_a_manifest_prints_no_escape_either(pack, capfdbinary, more):
    relisted(pack, **more)
    status, said = by_script(pack)
    # What built it is told in a note alone, and by nobody but us.
    assert status == (0 if "built_by" in more else 1)
    command_line(["verify", str(pack)])
    captured = capfdbinary.readouterr()
    for text in (said, captured.out.decode(), captured.err.decode()):
        assert "\x1b" not in text and "\u202e" not in text and "\r" not in text


# --- what has no end -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["more.bin", "tables/more.parquet", "tables/event.parquet",
                                  "log.jsonl", "run/manifest.json", "README.md"])  # fmt: skip
def test_a_file_of_a_terabyte_is_not_read(pack, name):
    with open(pack / name, "ab") as file:
        file.truncate(1 << 40)
    refused_by_both(pack, name)


def test_a_manifest_of_a_terabyte_is_not_read(pack):
    with open(pack / "manifest.json", "ab") as file:
        file.truncate(1 << 40)
    refused_by_both(pack, "manifest.json")


def test_a_terabyte_that_the_manifest_lists_is_not_read_either(pack):
    """A hole costs whoever sends it nothing, and whoever reads it hours."""
    name = "tables/refund.parquet"
    size = (pack / name).stat().st_size + (1 << 40)
    with open(pack / name, "ab") as file:
        file.truncate(size)
    about = json.loads((pack / "manifest.json").read_bytes())
    for one in about["files"]:
        if one["name"] == name:
            one["size"] = size
    (pack / "manifest.json").write_bytes(sealed(about))
    refused_by_both(pack, name)


def test_a_log_of_more_entries_than_any_has_is_not_gone_through(pack):
    (pack / "log.jsonl").write_bytes(b"\n" * (64 << 20))
    relisted(pack)
    refused_by_both(pack, "log.jsonl")


def test_folders_that_no_pack_has_are_not_looked_through(pack):
    deep = pack / "tables" / "more"
    deep.mkdir()
    os.mkfifo(deep / "pipe")
    refused_by_both(pack, "tables/more")


NESTED = b'{"a":' * 200_000
HURTING = {
    "brackets": b"[" * 200_000,
    "braces": NESTED,
    "a number without end": b'{"format":"doisoat-evidence-pack","a":' + b"9" * 10_000 + b"}",
    "a list": b"[1,2]",
    "a text": b'"doisoat-evidence-pack"',
    "nothing": b"null",
    "a number": b"1e400",
    "no number": b'{"a":NaN}',
    "no letters": b"\xff\xfe",
    "half a letter": b'{"format":"\\ud800"}',
    "empty": b"",
}


@pytest.mark.parametrize("hurting", HURTING)
@pytest.mark.parametrize("name", ["manifest.json", "run/manifest.json"])
def test_json_that_is_meant_to_hurt_is_refused_by_name(pack, name, hurting):
    (pack / name).write_bytes(HURTING[hurting])
    if name != "manifest.json":
        relisted(pack)
    refused_by_both(pack, "manifest.json")


@pytest.mark.parametrize("hurting", HURTING)
def test_a_last_entry_that_is_meant_to_hurt_is_refused_by_name(pack, hurting):
    path = pack / "log.jsonl"
    lines = [*path.read_bytes().splitlines(), HURTING[hurting]]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    tree = Tree(lines)
    relisted(
        pack,
        log={"size": len(tree), "root": tree.root().hex()},
        checkpoint=short_form(len(tree), tree.root()),
    )
    refused_by_both(pack, "log.jsonl")


@pytest.mark.parametrize("name", ["shards.tsv", "log.jsonl", "signers.txt", "run/manifest.json"])
def test_a_pack_without_what_is_read_first_is_refused_by_name(pack, name):
    (pack / name).unlink()
    refused_by_both(pack, name)
    if name in ("shards.tsv", "log.jsonl"):
        (pack / name).write_bytes(b"")
        relisted(pack)
        refused_by_both(pack, name)


def _set(value, *path):
    def change(about):
        for key in path[:-1]:
            about = about[key]
        about[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [_set(value, *path) for path in (("files",), ("files", 0), ("files", 0, "name"),
                                     ("files", 0, "size"), ("rows",), ("log",), ("carrier",),
                                     ("period",), ("run",), ("format_version",), ("checkpoint",))
     for value in (None, 7, "x", [], {}, [["x"]], -1)],
)  # fmt: skip
def test_a_manifest_of_another_form_is_refused_by_name(pack, change):
    about = json.loads((pack / "manifest.json").read_bytes())
    change(about)
    (pack / "manifest.json").write_bytes(sealed(about))
    refused_by_both(pack)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"PAR1" * 4,
        b"x" * 100 + b"\xff\xff\xff\x7fPAR1",
        b"PAR1" + b"\x19" * 60 + b"\x3c\0\0\0PAR1",
        b"PAR1" + b"\x1c" * 60 + b"\x3c\0\0\0PAR1",
    ],
)
def test_a_table_that_is_no_parquet_is_refused_by_name(pack, content):
    path = pack / "tables" / "refund.parquet"
    path.write_bytes(content)
    about = json.loads((pack / "manifest.json").read_bytes())
    for one in about["files"]:
        if one["name"] == "tables/refund.parquet":
            one |= {"size": len(content), "sha256": commit.sha256_of(path)}
    (pack / "manifest.json").write_bytes(sealed(about))
    refused_by_both(pack, "tables/refund.parquet")


def test_both_read_the_same_at_the_end_of_each_table(packed):
    """The one by its own reading of Parquet, the other by DuckDB's."""
    told = (
        f"import runpy, glob; found = runpy.run_path({str(packed / 'verify_pack.py')!r},"
        " run_name='it')\nfor path in sorted(glob.glob('*/*.parquet')):\n"
        "    rows, bounds = found['table'](path)\n"
        "    print(path, rows, sorted(one.decode() for one in bounds.get('carrier', ())))"
    )
    found = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=packed
    )
    for line in found.stdout.splitlines():
        path, rows, carriers = line.split(" ", 2)
        table = f"read_parquet('{packed / path}')"
        assert duckdb.execute(f"SELECT count(*) FROM {table}").fetchone() == (int(rows),)
        names = duckdb.execute(f"DESCRIBE FROM {table}").fetchall()
        if "carrier" in [name[0] for name in names] and path.startswith("tables/"):
            own = duckdb.execute(f"SELECT DISTINCT carrier FROM {table} ORDER BY ALL").fetchall()
            assert carriers == str([one[0] for one in own])


def test_a_real_pack_is_right_for_both(packed):
    assert script(packed)[0] == 0 and by_script(packed)[0] == 0 and verified(packed)["ok"]
