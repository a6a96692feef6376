"""`doisoat intake` of master data: exit status, messages, damaged files."""

import contextlib
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doisoat import cli
from doisoat.engine.intake.file_intake import take_in
from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.engine.intake.unreadable import UnreadableFile
from doisoat.engine.keys.pseudonym import Key, make_key
from doisoat.engine.store.home import writer
from tests.profiles import examples

from .conftest import state_of
from .test_master import HEADERS, ROWS, row, totals

KEY = Key(bytes(32), "2026-11-25")
NEW = ("balances", "allow-list", "orders")


@pytest.fixture
def intake(tmp_path, home):
    """Runs the command; returns exit status, what it printed, and what it said."""
    make_key(tmp_path / "key", bytes(range(32)))

    def intake(*args):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run(
                ["intake", *map(str, args), "--key", str(tmp_path / "key"), "--home", str(home)]
            )
        return status, out.getvalue(), err.getvalue()

    return intake


@pytest.mark.parametrize("kind", NEW)
def test_the_command_accounts_for_each_row(kind, intake, write):
    last = [*ROWS[kind]][-2]
    bad = row(kind, **{last: "x" * 200})
    path = write(row(kind), row(kind), bad, header=HEADERS[kind])
    status, out, _ = intake(path, "--kind", kind, "--mapping", "master", "--json")
    told = json.loads(out)
    assert status == 0
    assert [told[name] for name in ("rows", "taken", "duplicates", "suspended")] == [3, 1, 1, 1]
    assert told["reasons"] == {"malformed": 1}
    # Known by its digest, whatever its name.
    again = path.rename(path.with_name("again.csv"))
    status, out, said = intake(again, "--kind", kind, "--mapping", "master")
    assert status == 0 and "already taken in" in said and "duplicates\t3" in out


@pytest.mark.parametrize("kind", NEW)
def test_a_file_or_mapping_of_another_kind_is_refused_whole(kind, intake, write, home):
    path = write(row(kind), header=HEADERS[kind])
    for arguments, words in (
        (("--mapping", "world"), "it describes no files of kind"),
        (("--mapping", "nobody"), "no mapping has this name"),
    ):
        status, out, said = intake(path, "--kind", kind, *arguments)
        assert (status, out) == (5, "") and words in said and "To mend:" in said
    other = write("1,2", name="other.csv", header="a,b")
    status, out, said = intake(other, "--kind", kind, "--mapping", "master")
    assert (status, out) == (5, "") and "To mend:" in said and "Traceback" not in said
    assert not list(home.glob("master/part=*"))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("kind", "balance: {constant: money}", "expected one of volume, bonus, grant, cap"),
        ("twice", "balance: {column: left}", "is read twice"),
        ("lack", "", "fields.balance: Field required"),
    ],
)
def test_a_mapping_of_master_data_is_checked_with_line_and_column(name, text, words, write, intake):
    fields = {
        field: f"{{column: {field}}}"
        for field in ("number", "account", "pack", "volume", "measure", "given", "left")
    } | {
        field: f"{{column: {field}, form: civil}}"
        for field in ("as_of", "bought", "began", "expires")
    }
    lines = "".join(f"      {field}: {source}\n" for field, source in fields.items())
    path = write(row("balances"), header=HEADERS["balances"])
    file = path.with_name(f"{name}.yaml")
    file.write_text(
        "name: mine\ntitle: Mine\nsource_system: mine\nbalances:\n  - name: left\n    fields:\n"
        f"{lines}      {text}\n"
    )
    status, out, said = intake(path, "--kind", "balances", "--mapping", file)
    assert (status, out) == (5, "") and words in said and f"{name}.yaml:" in said


def test_the_mapping_file_says_allow_list_as_the_command_does(write, take):
    text = (
        "name: mine\ntitle: Mine\nsource_system: mine\nallow-list:\n  - name: listed\n"
        "    fields:\n      number: {column: phone}\n      account: {constant: ''}\n"
        "      list: {constant: student}\n"
        "      valid_from: {constant: '2021-09-12 00:00:00', form: civil}\n"
        "      valid_until: {constant: '', form: civil}\n      document: {constant: ''}\n"
    )
    path = write("0961234567", name="phones.csv", header="phone")
    mapping = path.with_name("mine.yaml")
    mapping.write_text(text)
    assert totals(take(path, kind="allow-list", mapping=str(mapping))) == [1, 1, 0, 0, 0]


DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 2_000),
        st.sampled_from([b'"', b"\0", b"\r", b"\n", b",", b"\xff", b"\r\n", b"\n\n", b"9", b""]),
        st.integers(0, 3),
    ),
    max_size=8,
)


@settings(max_examples=examples(0.25), suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(sorted(TABLES)), damage=DAMAGE, cut=st.integers(0, 40))
@example(
    kind="ports", cut=40,
    damage=[(0, b'"', 0), (2, b"\r\n", 0), (75, b"\n\n", 0), (178, b"9", 0), (237, b"9", 2),
            (764, b"9", 3), (829, b"", 3)],
)  # fmt: skip
def test_no_row_is_lost_whatever_is_done_to_the_bytes(kind, damage, cut):
    numbered = {"number": "8496123{:04d}"} if "number" in ROWS[kind] else {"order": "{}"}
    ((name, form),) = numbered.items()
    records = [row(kind, **{name: form.format(at)}) for at in range(8)]
    body = bytearray("\n".join([*records, ""]).encode())
    for place, piece, length in damage:
        at = place % len(body)
        body[at : at + length] = piece
    content = (HEADERS[kind] + "\n").encode() + bytes(body[: len(body) - cut])
    lines = content.split(b"\n")[1:]
    lines = lines if lines[-1] else lines[:-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_bytes(content)
        home = Path(folder) / "home"
        with writer(home, "test") as held:
            try:
                told = take_in(held, [(path, "master", kind)], KEY)
            except UnreadableFile as error:  # not one row was left whole: nothing is taken in
                assert "8496123" not in str(error) and not list(home.glob("master/part=*"))
                return
        rows, *outcomes = totals(told)
        blank = sum(not line.strip(b"\r") for line in lines)
        assert rows == sum(outcomes)
        assert len(lines) - blank <= rows <= len(lines)
        held = state_of(Path(folder) / "home")
        assert not any(b"8496123000" in data for data in held.values())
