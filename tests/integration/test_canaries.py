"""A thousand numbers go in by every form of file, sound and broken, and none of them stays.

Not in the home, its reports and names of files, nor in what any command says, in whatever form a
number may stand there: `tests/intake/canaries.py` is the search, and is searched for by plants of
each form. One home goes through all that the commands do; then each of its bytes is looked at, and
each of every file that went on the way.
"""

import contextlib
import hashlib
import io
import json
import os
import random
import resource
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.intake import file_intake
from doisoat.engine.intake.suspense.suspense_register import read_register
from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.store.home import open_home, writer
from tests.intake import forms
from tests.intake.canaries import contents, leaks, of_file, search
from tests.intake.conftest import USAGE, VOICE

from .canary_files import (
    MASTER_KINDS,
    NUMBERS,
    exchanges,
    interactions,
    master_files,
    octets,
    refused_files,
    usage,
)

OCTETS = tuple(octets())
WHO = ("--who", "Lan, billing", "--why", "the switch wrote seconds as text")
PACKAGE = "vn-2021-08"


class Carrier:
    """Runs command lines, for people and for scripts, and keeps what is said and what goes."""

    def __init__(self, folder):
        self.folder, self.home, self.said, self.gone = folder, folder / "home", [], []
        self.at = ("--home", self.home)
        with writer(self.home, "test", buckets=2):
            pass

    def key(self, name):
        path = self.folder / "keys" / name
        if not path.exists():
            make_key(path, hashlib.sha256(name.encode()).digest())
        return path

    def put(self, name, content):
        """A file that has a number in its name, as that of its folder has."""
        folder = self.folder / "in" / f"0{NUMBERS[0]}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-0{NUMBERS[len(list(folder.iterdir()))]}"
        path.write_bytes(content)
        return path

    def tell(self, *arguments, status=0, stdin="", is_once=False, shows_text=False):
        """The object on stdout; said twice, first to people and first to a script by turns.

        is_once: only to a script. shows_text: what is asked for is a number, so stdout may have it;
        returned as it is.
        """
        ways = ([], ["--json"])[is_once:]
        for more in ways if len(self.said) % 4 else ways[::-1]:
            out, err = io.StringIO(), io.StringIO()
            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.MonkeyPatch.context() as patch,
            ):
                patch.setattr("sys.stdin", io.StringIO(stdin))
                found = cli.run([*map(str, arguments), *more])
            about = f"{' '.join(map(str, arguments[:2]))} {' '.join(more)}"
            assert found == status, (found, arguments, out.getvalue(), err.getvalue())
            assert "Traceback" not in err.getvalue()
            self.said.append((f"{about}: stderr", err.getvalue().encode()))
            if not shows_text:
                self.said.append((f"{about}: stdout", out.getvalue().encode()))
            if more:
                told = out.getvalue()
        return told if shows_text or not told.startswith("{") else json.loads(told)

    def going(self, path):
        """Looks at what is about to go."""
        for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
            if one.is_relative_to(self.folder):
                where = one.relative_to(self.folder)
                self.gone += of_file(one, f"{where}, which went")

    def watch(self, patch):
        """Has each file and folder that goes, or is replaced, looked at before."""

        def first(real, at):
            def call(*args, **more):
                if "dir_fd" not in more:
                    self.going(Path(os.fspath(args[at])))
                return real(*args, **more)

            return call

        for owner, name, at in (
            (os, "unlink", 0), (os, "remove", 0), (os, "replace", 1), (os, "rename", 1),
            (shutil, "rmtree", 0),
        ):  # fmt: skip
            patch.setattr(owner, name, first(getattr(owner, name), at))


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    """One that has done all that there is to do."""
    folder = tmp_path_factory.mktemp("canaries")
    with pytest.MonkeyPatch.context() as patch:
        for variable, name in (
            ("TMPDIR", "tmp"), ("HOME", "person"), ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
        ):  # fmt: skip
            (folder / name).mkdir()
            patch.setenv(variable, str(folder / name))
        (folder / "desk").mkdir()
        patch.chdir(folder / "desk")
        make_key(folder / "keys" / "key", bytes(range(32)))
        patch.setenv("DOISOAT_KEY", str(folder / "keys" / "key"))
        # By chance nine digits come together in random bytes: let it be the same each time.
        rng = random.Random("secrets")
        for name, real in (("token_bytes", rng.randbytes), ("randbelow", rng.randrange),
                           ("randbits", rng.getrandbits)):  # fmt: skip
            patch.setattr(secrets, name, real)
        carrier = Carrier(folder)
        carrier.watch(patch)
        for act in (take_usage, take_others, take_master, refuse, settle, merge, decide, rotate,
                    settle, merge, explain, ask, let_go, settle, check, mistype):  # fmt: skip
            act(carrier)
            if act is take_usage:  # files of which nothing can be read were taken in once
                patch.setattr(file_intake, "refuse_unreadable", lambda files, key, plan: None)
        # What it was given is not searched.
        (folder / "in").rename(folder.with_name(f"{folder.name}, in"))
    return carrier


def take_usage(carrier):
    for turn, (form, write) in enumerate(forms.FORMS.items()):
        path = carrier.put(form, write(usage(form, turn)))
        mapping = forms.mapping_for(form, carrier.folder)
        carrier.tell("mapping", "test", path, "--mapping", mapping, "--rows", "40")
        carrier.tell("intake", path, "--mapping", mapping, *carrier.at)
    broken = forms.text(usage("broken", 0)).replace(b",viettel,", b',"viettel,')
    at = ("--mapping", "world", *carrier.at)
    carrier.tell("intake", carrier.put("broken", broken), *at, status=5)
    sound = forms.text(usage("broken", 0)[:1])
    carrier.tell("intake", carrier.put("half", sound + broken.partition(b"\n")[2]), *at)
    mapping, content = next(exchanges())
    unread = (carrier.put("unread", content), "--mapping", mapping, *carrier.at)
    carrier.tell("intake", *unread, status=5)


def take_others(carrier):
    for mapping, content in (*exchanges(), *octets()):
        path = carrier.put(mapping, content)
        carrier.tell("mapping", "test", path, "--mapping", mapping, "--rows", "40")
        carrier.tell("intake", path, "--mapping", mapping, *carrier.at)
    for more in ((), ("--subscriber", f"0{NUMBERS[7]}")):
        path = carrier.put("bandicoot", interactions() + b"\n" * bool(more))
        carrier.tell("mapping", "test", path, "--mapping", "bandicoot", *more)
        carrier.tell("intake", path, "--mapping", "bandicoot", *more, *carrier.at)


def take_master(carrier):
    for kind in MASTER_KINDS:
        for content in master_files(kind):
            given = (carrier.put(kind, content), "--mapping", "master", "--kind", kind)
            carrier.tell("mapping", "test", *given, "--rows", "40", is_once=True)
            carrier.tell("intake", *given, *carrier.at)


def refuse(carrier):
    for name, mapping, content in refused_files():
        given = (carrier.put(name, content), "--mapping", mapping)
        carrier.tell("mapping", "test", *given, "--rows", "1000", status=5)
        carrier.tell("intake", *given, *carrier.at, status=5)


def settle(carrier):
    is_again = (carrier.home / "relief.duckdb").exists()
    carrier.tell("settle", "--period", "2021-08", *carrier.at, is_once=is_again)


def check(carrier):
    carrier.tell("store", "check", *carrier.at)


def merge(carrier):
    for more in (("--dry-run",), ()):
        carrier.tell("store", "compact", *more, *carrier.at)


def decide(carrier):
    """Suspended records of each mapping and sub-reason: shown, mended, recycled, written off."""
    register = read_register(open_home(carrier.home))
    records = register.records
    records = records.filter(records["has_text"] & (records["reason"] == "malformed"))
    one_each = {}
    for name in ("mapping", "sub_reason"):
        for record in records.unique(name, keep="first", maintain_order=True).iter_rows(named=True):
            one_each[record[name]] = register.address_of(record)
    assert len(one_each) > 16
    for address in set(one_each.values()):
        asked = ("suspense", "show", address)
        carrier.tell(*asked, *carrier.at, is_once=True)
        shown = carrier.tell(*asked, "--text", *carrier.at, is_once=True, shows_text=True)
        assert search(shown.encode()), "its text was sealed, and has a number"
    carrier.tell(*asked, "--text", "--key", carrier.key("another"), *carrier.at, status=8)
    by_time = _first(register, "bad_time")
    by_line = _first(register, "structure")
    fields = carrier.put("fields", f"started=2021-08-05 08:00:00.000\nother=0{NUMBERS[9]}".encode())
    sound = {**VOICE, "record_key": "mended", "number": f"0{NUMBERS[8]}", "other": f"0{NUMBERS[9]}"}
    line = carrier.put("line", ",".join(sound.values()).encode())
    no_column = carrier.put("no column", f"0{NUMBERS[9]}=1".encode())
    for more in ((), ("--apply",)):
        carrier.tell("suspense", "edit", by_time, "--from", fields, *WHO, *more, *carrier.at)
        carrier.tell("suspense", "edit", by_line, "--line", line, *WHO, *more, *carrier.at)
        refused = ("suspense", "edit", by_time, "--from", no_column)
        carrier.tell(*refused, *WHO, *more, *carrier.at, status=5)
        carrier.tell("suspense", "recycle", *WHO, *more, *carrier.at, is_once=True)
        given = ("suspense", "write-off", "--reason", "bad_kind")
        carrier.tell(*given, *WHO, *more, *carrier.at)
    carrier.tell("suspense", "reopen", _first(register, "bad_kind"), *WHO, "--apply", *carrier.at)
    choose(carrier)
    for address in (by_time, by_line):
        carrier.tell("suspense", "show", address, *carrier.at)
    carrier.tell("suspense", "recycle", by_line, *WHO, *carrier.at, status=5)  # it was recycled
    carrier.tell("suspense", "list", "--state", "all", "--limit", "100", *carrier.at)


def choose(carrier):
    """Two copies of a call to choose from, by all that tells them."""
    copies = [{**VOICE, "record_key": "twice", "number": f"0{NUMBERS[at]}",
               "other": f"0{NUMBERS[at + 2]}"} for at in (8, 9)]  # fmt: skip
    lines = [USAGE, *(",".join(copy.values()) for copy in copies), ""]
    path = carrier.put("twice.csv", "\n".join(lines).encode())
    carrier.tell("intake", path, "--mapping", "world", *carrier.at, is_once=True)
    register = read_register(open_home(carrier.home))
    found = register.records.filter(pl.col("reason") == "conflicting", pl.col("floor") == "usage")
    address = register.address_of(found.row(0, named=True))
    carrier.tell("suspense", "show", address, *carrier.at)
    carrier.tell("suspense", "choose", address, *WHO, "--apply", *carrier.at)


def _first(register, sub_reason):
    """The address of the first such record of the synthetic carriers' files."""
    is_it = (pl.col("sub_reason") == sub_reason) & (pl.col("mapping") == "world")
    return register.address_of(register.records.filter(is_it).row(0, named=True))


def rotate(carrier):
    for more in ((), ("--apply",)):
        carrier.tell("key", "rotate", *more, *carrier.at)
    carrier.tell("key", "check", *carrier.at)
    carrier.tell("key", "cover", *carrier.at)
    path = carrier.put("rotated", forms.text(usage("rotated", 3)))
    carrier.tell("intake", path, "--mapping", "world", *carrier.at)


def explain(carrier):
    with duckdb.connect(str(carrier.home / "relief.duckdb"), read_only=True) as face:
        events = face.execute(
            "SELECT any_value(event_id) FROM usage.event WHERE carrier = 'viettel'"
            " AND kind = 'voice' AND start_at >= TIMESTAMP '2021-08-01' UNION ALL"
            " SELECT any_value(event_id) FROM usage.suspense WHERE stage = 'settle'"
        ).fetchall()
        rated = face.execute("SELECT sum(events) FROM rated.total").fetchall()[0][0]
    assert len(events) == 2 and rated > 1_000  # What is searched holds usage that was rated.
    for (event,) in events:
        carrier.tell("explain", event, *carrier.at)
        carrier.tell("explain", event, "--letter", *carrier.at, is_once=event is not events[0][0])


def ask(carrier):
    books = (("--xlsx", "told.xlsx"), ("--chart", "told.svg"))
    carrier.tell("compare", "none", PACKAGE, *books[0], *books[1], *carrier.at)
    carrier.tell("sensitivity", "--only", "m2.in_kind_value", *books[0], *carrier.at)


def let_go(carrier):
    typed = ("--why", f"asked for by 0{NUMBERS[1]}", "--apply")
    carrier.tell("store", "retain", *typed, *carrier.at, status=2, is_once=True)
    why = ("--why", "asked for by its owner")
    for more in ((), ("--apply",)):
        carrier.tell("store", "retain", *why, *more, *carrier.at, is_once=True)
    number = f"0{NUMBERS[2]}\n"
    carrier.tell("store", "erase", "--number", *carrier.at, stdin=number, is_once=True)
    erase = ("store", "erase", "--number")
    carrier.tell(*erase, *typed, *carrier.at, status=2, stdin=number, is_once=True)
    carrier.tell(*erase, *why, "--apply", *carrier.at, stdin=number, is_once=True)


def mistype(carrier):
    """A number where something else belongs, as people mistype it."""
    number, at = f"0{NUMBERS[17]}", carrier.at
    usage_file = carrier.put("any", forms.text(usage("any", 0)))
    told = ("--mapping", "world", *at)
    for status, line in (
        (2, (number,)),
        (2, ("intake", usage_file, *told, "--kind", number)),
        (2, ("intake", usage_file, *told, f"--{number}")),
        (5, ("intake", usage_file, "--mapping", number, *at)),
        (5, ("intake", carrier.folder / f"{number}.csv", *told)),
        (5, ("intake", carrier.folder / number / "file", *told)),
        (5, ("mapping", "test", number, "--mapping", "world")),
        (2, ("mapping", "test", usage_file, "--mapping", "world", "--rows", number)),
        (5, ("mapping", "check", f"{number}.yaml")),
        (2, ("suspense", "list", "--state", number, *at)),
        (2, ("suspense", "list", "--limit", f"+84{number[1:]}x", *at)),
        (0, ("suspense", "list", "--file", number, "--reason", number, *at)),
        (5, ("suspense", "show", number, *at)),
        (5, ("suspense", "show", f"0a:{number}", *at)),
        (2, ("suspense", "edit", "0a:1", "--set", f"other={number}", *WHO, *at)),
        (2, ("suspense", "edit", "0a:1", "--set", number, *WHO, *at)),
        (2, ("suspense", "recycle", "--who", number, "--why", "w", *at)),
        (2, ("suspense", "write-off", number, "--who", "w", "--why", f"0 {number}", *at)),
        (7, ("settle", "--period", number, *at)),
        (4, ("settle", "--package", number, *at)),
        (4, ("settle", "--catalogue", number, *at)),
        (4, ("settle", "--reading", f"{number}=1", *at)),
        (2, ("settle", "--reading", number, *at)),
        (4, ("settle", "--carrier", number, *at)),
        (4, ("compare", "none", number, *at)),
        (4, ("sensitivity", "--only", number, *at)),
        (2, ("explain", number, *at)),
        (2, ("store", "retain", "--before", number, *at)),
        (2, ("store", "erase", number, *at)),
        (8, ("key", "check", "--key", carrier.folder / number, *at)),
        (6, ("store", "check", "--home", carrier.folder / number)),
    ):  # fmt: skip
        carrier.tell(*line, status=status)
    carrier.tell("store", "erase", "--number", *at, stdin=f"{number}x\n", status=5)


# --- What was left --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [*forms.FORMS, *range(len(OCTETS))])
def test_what_went_in_is_found_where_it_lies(tmp_path, form):
    """All thousand are in each file that was taken in, and the search sees them there."""
    content = OCTETS[form][1] if form in range(len(OCTETS)) else forms.FORMS[form](usage("f", 0))
    (tmp_path / "file").write_bytes(content)
    found = {number for _, content in contents(tmp_path) for number, _ in search(content)}
    assert found == set(NUMBERS)


def test_no_number_of_a_thousand_is_said_or_stays(carrier):
    """Nor was in a file that went. One test makes the home once, however tests are shared out."""
    for name in ("usage", "master", "runs", "reports", "suspense", "removed", "log"):
        assert any((carrier.home / name).iterdir()), name
    kinds = {path.suffix for path in carrier.folder.rglob("*") if path.is_file()}
    assert kinds >= {".parquet", ".json", ".duckdb", ".xlsx", ".svg"}
    assert leaks(carrier.said) == {}
    # Of the home, beside the key, in the folders of temporary files, caches and the desk.
    left = list(contents(carrier.folder))
    assert sum(len(content) for _, content in left) > 10**7
    assert leaks(left) == {}
    assert len(carrier.gone) > 100
    assert leaks(carrier.gone) == {}


def test_no_core_file_is_left_of_a_number():
    """A process that dies of a fault while it reads leaves nothing, whatever the shell allows."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    script = (
        "import resource, sys; from doisoat import cli;"
        "cli.run = lambda args: print(resource.getrlimit(resource.RLIMIT_CORE)[0]) or 0; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
    )  # fmt: skip
    assert done.stdout == "0\n"
