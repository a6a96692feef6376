"""Signatures and the log on the page: what stands in the home, and whether it is as written."""

import csv
import io
import json
import shutil

import duckdb
import pytest

from doisoat.engine.store.home import JOURNAL, open_home
from doisoat.settlement.web import assurance
from doisoat.settlement.web.headings import HEADINGS
from doisoat.settlement.web.readers.audience import AUDITOR
from doisoat.settlement.web.views.page_tables import HomeQuestion
from doisoat.settlement.web.vocabulary import CODES
from tests.integration.conftest import done, passphrase_in
from tests.web.test_views import rows

MONTH = "2021-08"


@pytest.fixture(scope="module")
def signed_home(home, tmp_path_factory):
    """The same home with its month signed; not to be changed."""
    folder = tmp_path_factory.mktemp("signed")
    signed, key, secret = folder / "out", folder / "k.key", passphrase_in(folder)
    shutil.copytree(home, signed, ignore=shutil.ignore_patterns("open-*"))
    done("signer", "new", "ke-toan", "--key", key, "--passphrase-file", secret)
    done("signer", "add", "--key", key, "--home", signed)
    done("sign", MONTH, "--no-pack", "--key", key, "--passphrase-file", secret, "--home", signed)
    return signed


def seen(home, make_view=assurance.signatures, **asked):
    """A view of a home as an object, for an auditor."""
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as cursor:
        return make_view(HomeQuestion(open_home(home), cursor, AUDITOR, asked, "en")).as_object()


def entries_of(home):
    return [json.loads(line) for line in (home / JOURNAL).read_text("utf-8").splitlines()]


def test_a_month_that_nobody_signed_has_a_row_a_carrier(auditor, home):
    told = auditor.get("/api/signatures").json
    carriers = [row[0] for row in auditor.get("/api/carriers").json["carriers"]["rows"]]
    listed = rows(told, "signatures")
    assert [row["carrier"] for row in listed] == carriers
    assert {row["standing"] for row in listed} == {"unsigned"} and told["broken"] == []
    assert told["chain"]["fault"] is None and told["chain"]["size"] == len(entries_of(home))
    assert set(told["signatures"]["columns"]) <= set(HEADINGS)


def test_a_signature_stands_against_the_run_in_force(signed_home, tmp_path):
    told = seen(signed_home)
    entry = entries_of(signed_home)[-1]
    for row in rows(told, "signatures"):
        assert row["standing"] == "in_force" and row["number"] == entry["numbers"][row["carrier"]]
        assert (row["key"], row["run"]) == (entry["key"], entry["run"])
        assert row["manifest_sha256"] == entry["manifest_sha256"]
        assert row["signed_at"] > entry["logged_at"].replace("T", " ")  # of Vietnam, not UTC
    other = tmp_path / "other"
    shutil.copytree(signed_home, other)
    (other / "current.json").write_text(json.dumps({MONTH: "0" * 32}), "utf-8")
    assert {row["standing"] for row in rows(seen(other), "signatures")} == {"settled_anew"}


def test_a_verification_that_was_recorded_is_told_of_with_what_came_since(signed_home, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(signed_home, home)
    size = len(entries_of(home))
    assert seen(home)["verified"] is None
    done("verify", home, "--record")
    verified = seen(home)["verified"]
    assert (verified["size"], verified["entry"], verified["since"]) == (size, size + 1, 0)
    assert verified["logged_at"] > entries_of(home)[-1]["logged_at"].replace("T", " ")  # not UTC
    done("interconnect", MONTH, "--record", "--home", home)
    assert seen(home)["verified"]["since"] == 1


def test_a_line_that_was_rewritten_breaks_the_chain_and_the_signature(signed_home, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(signed_home, altered)
    path = altered / JOURNAL
    first, *others = path.read_text("utf-8").splitlines(keepends=True)
    path.chmod(0o600)
    path.write_text(first.replace('"what":"intake"', '"what":"verify"') + "".join(others), "utf-8")
    told = seen(altered)
    assert told["chain"]["fault"] and told["verified"] is None
    assert told["broken"][0]["entry"] == len(others) + 1 and told["broken"][0]["fault"]
    assert {row["standing"] for row in rows(told, "signatures")} == {"broken"}
    assert seen(altered, assurance.log_lines)["chain"]["fault"] == told["chain"]["fault"]


def test_lines_of_the_log_come_page_after_page_and_by_kind(auditor, home):
    log = entries_of(home)
    found, before = [], len(log) + 1
    while before is not None:
        page = auditor.get(f"/api/log?before={before}&limit=2").json
        found += rows(page, "log")
        before = page["before"]
    assert [row["entry"] for row in found] == list(range(len(log), 0, -1))
    assert [row["what"] for row in found] == [entry["what"] for entry in reversed(log)]
    kinds = {row["what"]: row["things"] for row in rows(page, "kinds")}
    assert sum(kinds.values()) == len(log) and set(kinds) <= set(CODES["act"])
    users = rows(auditor.get("/api/log?kind=user%20add").json, "log")
    assert len(users) == kinds["user add"] and {row["what"] for row in users} == {"user add"}
    body = auditor.get("/api/log?as=csv&table=log&lang=en").body.decode("utf-8-sig")
    heads, names, *told = csv.reader(io.StringIO(body))
    assert len(told) == len(log) and "Line of the log" in heads and names[0] == "entry"
    assert auditor.get("/api/log?before=x").refused == "bad_value"
    assert auditor.get("/api/log?as=csv&table=nothing").refused == "bad_value"


def test_signatures_and_the_log_are_for_auditors(reader, carrier, stranger):
    for path in ("signatures", "log", "log?as=csv&table=log"):
        for asker in (reader, carrier):
            refused = asker.get(f"/api/{path}")
            assert (refused.status, refused.refused) == (403, "not_allowed")
        assert stranger.get(f"/api/{path}").status == 401
