"""Accounts whose members have plans of their own, from files to statement and explanation.

The small world's numbers become members of accounts by threes: once its records name them, once
only the subscriptions do.
"""

import polars as pl
import pytest

from doisoat.engine.rating.rater import NO_CONFLICTS
from doisoat.engine.store.home import open_home, read_parts
from doisoat.engine.usage import stored_parts as stored
from doisoat.engine.usage.bucket_moves import moves_of
from doisoat.engine.usage.membership import memberships
from doisoat.engine.usage.subscriptions import in_force
from doisoat.settlement.explain.explain import explain
from tests.made_once import made_once

from .conftest import done, kind_of, rows, take_world
from .test_kinds import held_to_all_events

JOINED = "2021-08-10 00:00:00.000"
TOTALS = "SELECT sum(list_value), sum(discount), sum(payable), sum(events) FROM rated.total"


def read(path):
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False).fill_null("")


def write(frame, folder, path):
    (folder / path.name).parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.write_parquet(folder / path.name)
    else:
        frame.write_csv(folder / path.name)


@pytest.fixture(scope="module")
def own(files):
    """The files of one carrier, and of ports."""
    return [path for path in files if "viettel" in path.name or kind_of(path) == "ports"]


@pytest.fixture(scope="module")
def accounts(files):
    """The account of each number of a mobile carrier that has one subscription, by threes."""
    named = {}
    for path in files:
        if kind_of(path) == "subscriptions":
            frame = read(path)
            once = frame.group_by("number", maintain_order=True).agg(
                pl.len(), pl.col("account", "carrier", "valid_from").first()
            )
            whole = (pl.col("len") == 1) & (pl.col("account") == "")
            lasting = once.filter(whole, pl.col("valid_from") < "2021").get_column("number")
            for place, number in enumerate(lasting):
                named[number] = f"G-{path.stem}-{place // 3}"
    assert len(named) > 20
    return named


def with_accounts(files, accounts, folder, names, joined=None):
    """The world's files where `names` kinds name the accounts; joined: when the members join."""
    account = pl.col("number").replace_strict(accounts, default="", return_dtype=pl.String)
    for path in files:
        frame, kind = read(path), kind_of(path)
        if kind in names:
            named = pl.when(account != "").then(account).otherwise("account")
            if joined is not None and kind == "subscriptions":
                is_member = account != ""
                before = frame.filter(is_member).with_columns(valid_until=pl.lit(joined))
                since = pl.when(is_member).then(pl.lit(joined)).otherwise("valid_from")
                frame = pl.concat([
                    before, frame.with_columns(account=named, valid_from=since)
                ])  # fmt: skip
            else:
                at = {"usage": pl.col("started") if kind == "usage" else pl.lit("")}.get(kind)
                if joined is not None:
                    named = pl.when(at >= joined).then(named).otherwise("account")
                frame = frame.with_columns(account=named)
        write(frame, folder, path)
    return [folder / path.name for path in files]


@pytest.fixture(scope="module")
def by_name(own, accounts, key, tmp_path_factory):
    """A home whose records name the accounts, settled."""

    def make(folder):
        home, kinds = folder / "out", ("subscriptions", "usage", "packs")
        take_world(with_accounts(own, accounts, folder / "world", kinds), home, key)
        return home, done("settle", "--period", "2021-08", "--home", home)

    return made_once(tmp_path_factory, "named", make)


@pytest.fixture(scope="module")
def by_master(own, accounts, key, tmp_path_factory):
    """A home that knows members from subscriptions alone, in several parts, settled."""

    def make(folder):
        home = folder / "out"
        given = with_accounts(own, accounts, folder / "world", ("subscriptions",))
        take_world(given, home, key, group=2)
        return home, done("settle", "--period", "2021-08", "--home", home)

    return made_once(tmp_path_factory, "known-by-master", make)


def test_members_by_master_data_alone_are_members_by_name(by_name, by_master, settled):
    home = open_home(by_master[0])
    people = stored.read_master(read_parts(home, "master"), "subscription")
    assert people is not None and in_force(people, 1 << 62).filter(pl.col("terms") > 0).height > 20
    assert len(read_parts(home, "usage")) > 1
    assert by_master[1]["digest"] == by_name[1]["digest"] != settled[1]["digest"]
    for name in ("events", "rated", "suspended", "list_value", "discount", "payable"):
        assert by_master[1][name] == by_name[1][name]
    lines = "SELECT * FROM rated.relief_line ORDER BY ALL"
    assert rows(by_master[0], lines) == rows(by_name[0], lines)


def test_worlds_in_one_scan_know_the_members_too(by_name, by_master):
    told = [
        done("compare", "none", "vn-2021-08", "--home", home, "--period", "2021-08")
        for home, _ in (by_name, by_master)
    ]
    assert told[0] == told[1]
    assert told[0]["total"]["what_if"]["payable"] == str(by_master[1]["payable"])


def test_what_a_member_used_is_explained_with_all_that_his_account_did(by_master, accounts):
    home, _ = by_master
    found = rows(home, """
        SELECT DISTINCT ON (measure, e.carrier) CAST(event_id AS VARCHAR), l.owner_id <> e.owner_id
        FROM rated.relief_line l JOIN usage.event e USING (event_id)
        WHERE l.owner_id <> e.owner_id ORDER BY measure, e.carrier, event_id LIMIT 5
    """)  # fmt: skip
    assert len(found) >= 4
    for event, _ in found:
        told = explain(home, int(event.replace("-", ""), 16), progress=None)
        assert told.outcome.lines and told.replayed >= 1
        assert told.outcome.event.owner != told.outcome.event.subscriber


def test_who_joins_in_the_month_leaves_his_own_packs_and_draws_from_the_account(
    own, accounts, key, tmp_path, settled
):
    """Named or not: the same; and what was before he joined is as it was alone."""
    digests = []
    for kinds in (("subscriptions", "usage"), ("subscriptions",)):
        folder = tmp_path / "-".join(kinds)
        given = with_accounts(own, accounts, folder / "world", kinds, JOINED)
        take_world(given, folder / "out", key)
        digests.append(done("settle", "--period", "2021-08", "--home", folder / "out")["digest"])
        before = (
            "SELECT event_id, measure, nature, units, amount FROM rated.relief_line"
            " WHERE carrier = 'viettel' AND start_at < '2021-08-10' AND measure <> 'M6'"
            " ORDER BY ALL"
        )
        assert rows(folder / "out", before) == rows(settled[0], before) != []
    assert digests[0] == digests[1] != settled[1]["digest"]


def test_an_account_that_several_carriers_name_is_an_account_at_each(
    files, accounts, key, tmp_path
):
    """What they name alike is as far apart as what they do not: each carrier's own."""
    totals = []
    for name, named in (
        ("alike", {number: account.rpartition("-")[2] for number, account in accounts.items()}),
        ("apart", accounts),
    ):
        given = with_accounts(files, named, tmp_path / name, ("subscriptions",))
        home = tmp_path / f"{name}-out"
        take_world(given, home, key)
        done("settle", "--period", "2021-08", "--home", home)
        totals.append([
            rows(home, f"SELECT * FROM {table} ORDER BY ALL")
            for table in ("rated.total", "rated.relief_total", "settlement.statement_line")
        ])  # fmt: skip
    assert len({account for account in accounts.values() if account.endswith("-0")}) > 2
    assert totals[0] == totals[1] and totals[0][1]


def test_buckets_take_in_what_they_give_away(by_master):
    """Each event is rated once, in its account's bucket."""
    home = open_home(by_master[0])
    usage, master = read_parts(home, "usage"), read_parts(home, "master")
    people = stored.read_master(master, "subscription")
    assert people is not None
    traits = [pl.read_parquet(part.path / "trait.parquet").sort("trait") for part in usage]
    moves = moves_of(home, usage, traits, memberships(people), NO_CONFLICTS)
    leaving = [moves.leaving(at, home.buckets) for at in range(home.buckets)]
    coming = [moves.coming(at, home.buckets) for at in range(home.buckets)]
    assert sum(frame.height for frame in leaving) == sum(frame.height for frame in coming) > 1_000
    assert pl.concat(leaving).n_unique() == moves.events.height


def test_calls_of_members_are_told_with_their_account(by_master):
    assert held_to_all_events(by_master[0]) > 1_000
