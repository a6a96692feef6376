"""What is refused: the message, the exit status, and a home that is as it was."""

import json
import os
import resource
import shutil
import subprocess

import pytest

from doisoat.engine.store.home import FORMAT_READ

from .conftest import EGO_HEADER, EGO_LINE, in_english

MAPPING = """\
name: mine
title: Mine
source_system: mine
usage:
  - name: calls
    fields:
      carrier: {constant: viettel}
      kind: {constant: voice}
      subscriber: {column: a}
      other: {column: b}
      started: {column: t, form: civil}
      duration: {column: d, unit: s}
"""


def test_missing_file(refused):
    assert refused("nowhere.csv")["what"] == "không có tệp này | no such file"


def test_folder(refused, tmp_path):
    assert refused(tmp_path)["what"] == "đây là thư mục | a folder"
    error = refused(".")
    assert (error["what"], error["where"]) == ("đây là thư mục | a folder", ".")


def test_fifo_is_not_waited_for(refused, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe")["what"].endswith(" | not a regular file")


def test_empty_file(refused, tmp_path):
    (tmp_path / "empty.csv").touch()
    assert refused(tmp_path / "empty.csv")["what"] == "tệp rỗng | an empty file"


def test_unknown_mapping_lists_the_known(refused, ego):
    error = refused(ego, mapping="nosuch")
    for name in ("asterisk", "bandicoot", "cdr-stats", "world"):
        assert name in error["mend"]


def test_missing_mapping_file(refused, ego):
    assert refused(ego, mapping="nosuch.yaml")["what"].endswith(" | no mapping file is here")


def test_file_of_another_layout(refused, ego):
    error = refused(ego, mapping="asterisk")
    assert error["where"] == "ego.csv:1" and "18 columns" in error["mend"]


def test_kind_that_the_mapping_has_not(refused, ego):
    assert "usage" in refused(ego, "--kind", "ports")["mend"]


@pytest.mark.parametrize(("old", "new", "place", "words"), [
    pytest.param("{column: b}", "{column: a}", ":5:5", "read twice", id="a column twice"),
    pytest.param("      kind:", "      carrier: {constant: x}\n      kind:", ":8:7",
                 "written twice", id="a word twice"),
    pytest.param("{column: a}", "{colum: a}", ":9:27", "Extra inputs", id="a misspelt word"),
    pytest.param("{column: a}", "[", ":11:7", "not YAML", id="broken YAML"),
    pytest.param("form: civil", "form: local", ":11:34", "civil", id="an unknown form"),
    pytest.param("{column: a}", "&x {column: a}", ":9", "anchor", id="an anchor"),
    pytest.param("unit: s", "unit: parsec", ":12:35", "ms", id="an unknown unit"),
])  # fmt: skip
def test_bad_mapping_is_told_by_line(refused, ego, tmp_path, old, new, place, words):
    path = tmp_path / "mine.yaml"
    path.write_text(MAPPING.replace(old, new))
    error = refused(ego, mapping=str(path))
    assert words in error["what"] and error["where"] == f"{path}{place}"


SUBSCRIPTIONS = """\
name: mine
title: Mine
source_system: mine
subscriptions:
  - name: lines
    fields:
      number: {column: a}
      account: {constant: ""}
      carrier: {constant: viettel}
      plan: {column: p}
      segment: {constant: standard}
      payment: {constant: prepaid}
      home_locality: {constant: "79"}
      valid_from: {column: t, form: civil}
      valid_until: {column: u, form: civil}
"""


@pytest.mark.parametrize("payment", [
    "{constant: TT}", "{column: tt, values: {TT: prepaid, TS: post}}", '{constant: ""}',
])  # fmt: skip
def test_a_mapping_whose_payment_is_neither_is_told_by_line(refused, ego, tmp_path, payment):
    path = tmp_path / "mine.yaml"
    path.write_text(SUBSCRIPTIONS.replace("{constant: prepaid}", payment))
    error = refused(ego, "--kind", "subscriptions", mapping=str(path))
    assert "expected prepaid or postpaid" in error["what"]
    assert error["where"].startswith(f"{path}:12:")


def test_missing_columns_are_named_beside_those_that_are_there(refused, tmp_path):
    path, file = tmp_path / "mine.yaml", tmp_path / "file.csv"
    path.write_text(MAPPING)
    file.write_text("a,b,started,d\n")
    what = refused(file, mapping=str(path))["what"]
    assert "calls: missing t; found a, b, started, d" in what


@pytest.mark.parametrize(("delimiter", "word"), [(";", '";"'), ("\t", '"\\t"'), ("|", '"|"')])
def test_another_delimiter_is_told_with_what_to_set(refused, tmp_path, delimiter, word):
    path, file = tmp_path / "mine.yaml", tmp_path / "file.csv"
    path.write_text(MAPPING)
    file.write_text(delimiter.join("abtd") + "\n")
    error = refused(file, mapping=str(path))
    assert f"one field that holds {word}" in error["what"]
    assert in_english(error["mend"]).startswith(f"set delimiter: {word} in the mapping's layout")


@pytest.mark.parametrize(("content", "what"), [
    pytest.param("a,b\n".encode("utf-16"), "UTF-16 text", id="UTF-16"),
    pytest.param(b"a,b\r1,2\r", "its lines end by a lone CR", id="CR only"),
    pytest.param(b"PK\x03\x04...", "a zip archive that is no workbook", id="an archive"),
    pytest.param(b"BZh91AY", "compressed by bzip2", id="bzip2"),
    pytest.param(b"PAR1nothing", "not readable as Parquet", id="a torn Parquet file"),
])  # fmt: skip
def test_file_that_is_no_text(refused, tmp_path, content, what):
    (tmp_path / "file.csv").write_bytes(content)
    assert in_english(refused(tmp_path / "file.csv")["what"]).startswith(what)


def test_key_that_others_can_read(refused, ego, tmp_path):
    (tmp_path / "data" / "doisoat" / "pseudonym.key").chmod(0o644)
    assert "chmod 600" in refused(ego, status=8)["mend"]


def test_key_inside_the_home(refused, ego, held_home):
    assert "inside the home" in refused(ego, "--key", held_home / "key", status=8)["what"]


def test_key_other_than_the_homes(refused, run, write, tmp_path):
    other = tmp_path / "other.key"
    assert run("key", "new", "--key", other).returncode == 0
    path = write(EGO_LINE, EGO_LINE, header=EGO_HEADER, name="more.csv")
    assert "under key" in refused(path, "--key", other, status=6)["what"]


def test_home_in_use_names_its_owner(refused, write, held_home):
    from doisoat.engine.store.home import writer

    path = write(EGO_LINE, EGO_LINE, header=EGO_HEADER, name="more.csv")
    with writer(held_home, "settle"):
        error = refused(path, status=6)
    assert f"held by pid {os.getpid()} on " in error["what"]
    assert "doisoat settle, since 20" in error["what"]


def test_newer_home_is_refused(refused, write, held_home):
    newer = {"format_version": FORMAT_READ + 1, "buckets": 16}
    (held_home / "home.json").write_text(json.dumps(newer))
    path = write(EGO_LINE, EGO_LINE, header=EGO_HEADER, name="more.csv")
    assert "newer" in refused(path, status=6)["what"]


def test_file_size_limit_stands_for_a_full_disk(refused, write):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))

    path = write(*[EGO_LINE] * 2_000, header=EGO_HEADER, name="more.csv")
    assert "previous state" in refused(path, status=6, before=limit)["what"]


def can_mount():
    unshare = shutil.which("unshare")
    return unshare and not subprocess.run([unshare, "-rm", "true"], capture_output=True).returncode


@pytest.mark.skipif(not can_mount(), reason="needs a mount namespace of its own")
@pytest.mark.parametrize(("mount", "what"), [
    pytest.param("mount --bind -o ro HOME HOME && mount -o remount,bind,ro HOME",
                 "Read-only file system", id="read-only"),
    pytest.param("cp -a HOME COPY && mount -t tmpfs -o size=100k tmpfs HOME && cp -a COPY/. HOME",
                 "No space left on device", id="full"),
])  # fmt: skip
def test_disk_that_takes_nothing(run, write, held_home, tmp_path, mount, what):
    import sys

    path = write(*[EGO_LINE] * 9_000, header=EGO_HEADER, name="more.csv")
    script = mount.replace("HOME", str(held_home)).replace("COPY", str(tmp_path / "copy"))
    python = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
    result = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{script} && "$@"; s=$?; find {held_home} -name .staging*;'
         "exit $s", "sh", sys.executable, "-c", python, "intake", str(path), "--mapping",
         "bandicoot", "--home", str(held_home)],
        capture_output=True, text=True,
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")},
    )  # fmt: skip
    assert result.returncode == 6 and what in result.stderr and not result.stdout, result


def test_the_first_intake_makes_a_key_and_says_where(run, ego, home, tmp_path):
    result = run("intake", ego, "--mapping", "bandicoot", "--home", home,
                 XDG_DATA_HOME=str(tmp_path / "fresh"))  # fmt: skip
    made = tmp_path / "fresh" / "doisoat" / "pseudonym.key"
    assert result.returncode == 0 and str(made) in result.stderr
    assert made.stat().st_mode & 0o777 == 0o600
