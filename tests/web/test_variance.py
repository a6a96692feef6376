"""One variance as the page has it: its history, the lines behind it, the letter about it."""

import csv
import hashlib
import io
import json
import time
from collections import Counter
from contextlib import closing
from urllib.parse import urlencode

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.web import variance as views
from doisoat.settlement.web.readers.audience import AUDITOR
from doisoat.settlement.web.readers.published_files import Generations
from doisoat.settlement.web.requests.refusals import Refusal
from tests.integration.conftest import done
from tests.made_once import copy_of_made
from tests.planted_claims.home import PERIOD, copied_to
from tests.web.conftest import PASSWORDS, ROLES, Asker, add_user, serving
from tests.web.counted_claims import BY_LINE, CARRIERS, make_counted
from tests.web.test_views import rows

ALL = 500
SECONDS = 60
LETTER = f"/api/letter/viettel?period={PERIOD}"


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A home with claims, of which some lines were counted otherwise."""

    def make(folder):
        made = make_counted(folder)
        for name, role in ROLES.items():
            add_user(made.home.home, name, PASSWORDS[name], *role)
        return made

    folder, made = copy_of_made(
        tmp_path_factory, "counted", make, by=("intake", "settle", "claim", "reconcile", "user")
    )
    return made._replace(home=copied_to(made.home, folder))


@pytest.fixture(scope="module")
def askers(counted):
    """Somebody logged in at a server over it, by name."""
    with serving(counted.home.home) as (url, _):
        yield {name: Asker(url, Asker(url).log_in(name).json["token"]) for name in ROLES}


@pytest.fixture
def auditor(askers):
    return askers["kiem-toan"]


def variances(asker, **asked):
    return rows(asker.get(f"/api/variances?{urlencode({'limit': ALL, **asked})}").json, "variances")


def evidence_of(asker, variance, **asked):
    return asker.get(f"/api/variance/{variance}/evidence?{urlencode(asked)}")


# --- the lines behind it -------------------------------------------------------------------------


def test_the_lines_of_each_counted_cause_come_to_its_amount(counted, auditor):
    seen = Counter()
    for variance in variances(auditor):
        told = auditor.get(f"/api/variance/{variance['variance']}").json
        for part in told["evidence"]:
            if part["cause"] in ("lines", "suspended"):
                continue
            found = evidence_of(auditor, variance["variance"], **part, limit=ALL).json
            lines = rows(found, "evidence")
            assert found["adds_up"], (variance, part, found["sums"])
            assert (
                f"{part['cause']}[{part['detail']}] {found['cause_amount']}" in variance["causes"]
            )
            if found["count"] <= ALL:
                assert len(lines) == found["count"]
                for name in ("times", "units", "amount"):
                    assert str(sum(row[name] for row in lines)) == found["sums"][name]
            cell = {"measure": variance["measure"], "nature": variance["nature"]}
            if variance["item"] is None:
                assert all({name: row[name] for name in cell} == cell for row in lines)
            seen[part["cause"]] += 1
    told = {why.cause for one in counted.wrong for why in one.why}
    of_lines = {"duplicate", "late", "missing", "time_zone", "midnight"}
    assert of_lines <= told and of_lines <= set(seen)


def test_evidence_is_paged_and_leads_to_events(auditor):
    shown = []
    for variance in variances(auditor, verdict="explained"):
        for part in auditor.get(f"/api/variance/{variance['variance']}").json["evidence"]:
            found = evidence_of(auditor, variance["variance"], **part).json
            if found["count"] > 2:
                shown.append((found, variance["variance"], part))
    whole, variance, part = max(shown, key=lambda one: one[0]["count"])
    first = evidence_of(auditor, variance, **part, limit=2).json
    second = evidence_of(auditor, variance, **part, limit=2, offset=2).json
    assert first["count"] == second["count"] == whole["count"]
    assert first["sums"] == second["sums"] == whole["sums"]
    both = rows(first, "evidence") + rows(second, "evidence")
    assert both == rows(whole, "evidence")[:4]
    file = evidence_of(auditor, variance, **part, **{"as": "csv", "table": "evidence"}).body
    assert len(file.decode("utf-8-sig").splitlines()) == 2 + whole["count"]
    event = auditor.get(f"/api/event/{both[0]['event_id']}").json
    assert both[0]["measure"] in {row["measure"] for row in rows(event, "lines")}
    assert evidence_of(auditor, variance, **part, offset=10**6).refused == "bad_value"


def test_a_claim_by_line_shows_the_lines_that_it_tells_otherwise(counted, auditor):
    found = {}
    for variance in variances(auditor, carrier=BY_LINE):
        told = auditor.get(f"/api/variance/{variance['variance']}").json
        assert {"cause": "lines", "detail": ""} in told["evidence"]
        lines = rows(evidence_of(auditor, variance["variance"], cause="lines").json, "evidence")
        assert len(lines) == told["lines"]
        found |= {row["event_id"]: row["claimed_amount"] for row in lines}
        differs = sum(
            int(row["claimed_amount"] or 0) - int(row["recomputed_amount"] or 0) for row in lines
        )
        assert differs == variance["difference"]
    assert found == counted.lines


def test_the_query_of_a_variance_runs_in_the_console(auditor):
    by_grain = {one["grain"]: one for one in variances(auditor) if not one["is_total"]}
    assert {"day", "measure", "province", "lines"} <= set(by_grain)
    for one in by_grain.values():
        told = auditor.get(f"/api/variance/{one['variance']}").json
        found = auditor.query(told["query"]).json
        place = found["columns"].index("amount")
        assert sum(row[place] for row in found["rows"]) == one["recomputed_amount"]


def test_files_are_told_by_name(counted, auditor):
    named = {}
    for one in variances(auditor):
        named |= auditor.get(f"/api/variance/{one['variance']}").json["files"]
    assert named and all(name.startswith("usage-") for name in named.values())


def test_what_is_no_evidence_is_refused(auditor):
    one = variances(auditor)[0]["variance"]
    for asked in ({"cause": "lines'"}, {"cause": "vat", "detail": "x"}, {}):
        assert evidence_of(auditor, one, **asked).refused == "not_found"
    assert auditor.get("/api/variance/x").refused == "bad_value"
    assert auditor.get(f"/api/variance/{'0' * 32}").refused == "not_found"


def test_once_the_month_was_settled_again_no_line_is_told_as_evidence(counted, monkeypatch):
    home = open_home(counted.home.home)
    with closing(Generations(home)) as held:
        _, cursor = held.cursor(AUDITOR)
        ((id, *_),) = cursor.execute(
            "SELECT variance FROM settlement.variance WHERE causes LIKE 'missing%' LIMIT 1"
        ).fetchall()
        told = views.variance(home, cursor, AUDITOR, {}, id).values
        assert told["evidence"] and not told["is_stale"]
        monkeypatch.setattr(views, "current_runs", lambda home: {PERIOD: "another"})
        told = views.variance(home, cursor, AUDITOR, {}, id).values
        assert told["is_stale"] and told["evidence"] == [] and told["query"] is None
        with pytest.raises(Refusal, match="no such thing"):
            views.evidence(home, cursor, AUDITOR, {"cause": "missing"}, id)


# --- how it came to stand so ---------------------------------------------------------------------


def moved(asker, variance, state, **more):
    """Move a variance on, and wait until that is served."""
    move = {"ids": [variance], "state": state, **more}
    assert asker.post("/api/variances/state", move).json["variances"] == [variance]
    until = time.monotonic() + SECONDS
    while True:
        told = asker.get(f"/api/variance/{variance}").json
        if told["variance"]["state"] == state:
            return told
        assert time.monotonic() < until, told
        time.sleep(0.2)


def test_its_history_tells_each_state_by_whom_when_and_why(askers, auditor):
    one = variances(auditor, state="open", carrier="viettel")[-1]["variance"]
    first = rows(auditor.get(f"/api/variance/{one}").json, "history")
    assert [row["state"] for row in first] == ["open"]
    moved(auditor, one, "asked", deadline="2099-01-31", why="hỏi")
    told = moved(auditor, one, "accepted", why="công văn 12")
    steps = rows(told, "history")
    assert steps[0] == first[0]
    assert [(row["state"], row["by"], row["deadline"], row["why"]) for row in steps[1:]] == [
        ("asked", "kiem-toan", "2099-01-31", "hỏi"),
        ("accepted", "kiem-toan", None, "công văn 12"),
    ]
    assert all("@" in row["who"] for row in steps)
    assert [row["at"] for row in steps] == sorted(row["at"] for row in steps)
    assert told["variance"]["since"][:13] != steps[-1]["at"][:13]  # UTC, and civil time
    own = rows(askers["viettel"].get(f"/api/variance/{one}").json, "history")
    assert [row["state"] for row in own] == ["open", "asked", "accepted"]
    assert {row["who"] for row in own} == {row["by"] for row in own} == {""}


def test_a_carrier_has_its_own_and_no_line_of_them(askers):
    carrier, reader = askers["viettel"], askers["ban-doc"]
    own = variances(carrier)
    assert {row["carrier"] for row in own} == {"viettel"}
    told = carrier.get(f"/api/variance/{own[0]['variance']}").json
    assert (told["evidence"], told["query"], told["files"]) == ([], None, {})
    refused = evidence_of(carrier, own[0]["variance"], cause="lines")
    assert (refused.status, refused.refused) == (403, "not_allowed")
    for other in variances(askers["kiem-toan"], carrier="vnpt")[:1]:
        assert carrier.get(f"/api/variance/{other['variance']}").refused == "not_found"
    assert reader.get(f"/api/variance/{own[0]['variance']}").refused == "not_found"


# --- some at a time ------------------------------------------------------------------------------


def test_variances_are_told_some_at_a_time_and_how_many_there_are(auditor):
    whole = auditor.get(f"/api/variances?limit={ALL}").json
    every = rows(whole, "variances")
    assert whole["count"] == len(every) > 4
    some = auditor.get("/api/variances?limit=3&offset=2").json
    assert (some["count"], some["offset"], some["limit"]) == (len(every), 2, 3)
    assert rows(some, "variances") == every[2:5]
    sizes = [(row["carrier"], -abs(row["difference"])) for row in every]
    assert sizes == sorted(sizes)
    for verdict in ("explained", "ambiguous"):
        found = auditor.get(f"/api/variances?limit=1&verdict={verdict}&carrier=vnpt").json
        wanted = [row for row in every if (row["verdict"], row["carrier"]) == (verdict, "vnpt")]
        assert found["count"] == len(wanted) and rows(found, "variances") == wanted[:1]
    counts = rows(whole, "counts")
    assert sum(row["variances"] for row in counts) == len(every)
    file = auditor.get("/api/variances?as=csv&table=variances").body.decode("utf-8-sig")
    assert len(file.splitlines()) == 2 + len(every)
    for asked in ("limit=501", "offset=-1", "state=new", "verdict=true", "carrier=a'b"):
        assert auditor.get(f"/api/variances?{asked}").refused == "bad_value"


# --- together ------------------------------------------------------------------------------------


def groups_in(view):
    """Groups by their keys, with their sums by nature; in their order."""
    groups = {}
    for row in rows(view, "groups"):
        group = groups.setdefault(row["group"], {**row, "sums": {}})
        if row["nature"] is not None:
            group["sums"][row["nature"]] = [str(row[name]) for name in SIDES]
    return groups


SIDES = ("short", "over", "misplaced")


@pytest.mark.parametrize("by", ["cause", "carrier", "measure", "day"])
def test_the_page_puts_together_what_the_command_does(counted, auditor, by):
    told = auditor.get(f"/api/variance-groups?by={by}&limit={ALL}").json
    home = counted.home.home
    listed = done("variance", "list", PERIOD, "--by", by, "--home", home)["groups"]
    groups = groups_in(told)
    members = {}
    for row in rows(told, "members"):
        members.setdefault(row["group"], []).append(row["variance"])
    assert [sorted(members[key]) for key in groups] == [
        sorted(group["variances"]) for group in listed
    ]
    assert [group["sums"] for group in groups.values()] == [
        {row["nature"]: [row[name] for name in SIDES] for row in group["differences"]}
        for group in listed
    ]
    every = {row["variance"]: row for row in variances(auditor)}
    assert told["count"] == len(groups) and told["variances"] == len(every)
    for key, group in groups.items():
        ones = [every[id] for id in members[key]]
        assert group["variances"] == len(ones)
        for name in ("verdict", "state"):
            counts = Counter(one[name] for one in ones)
            assert counts == {code: group[code] for code in counts}
        if by in ("carrier", "cause"):
            assert {one["carrier"] for one in ones} == {group["carrier"]}
    assert told["days_to_answer"] == 10


def test_a_cause_is_called_as_in_the_letter(auditor):
    words = {}
    for group in groups_in(auditor.get(f"/api/variance-groups?limit={ALL}").json).values():
        for cause in ("missing", "time_zone"):
            if group["verdict"] == "explained" and group["causes"].startswith(f"{cause}["):
                words[cause] = group["causes_vi"], group["causes_en"]
    assert words["time_zone"] == (
        "ngày và tháng theo giờ UTC thay cho giờ địa phương (theo giờ UTC)",
        "days and months by UTC in place of civil time (by UTC)",
    )
    assert "thiếu ngày" in words["missing"][0] or "usage-" in words["missing"][0]


def test_groups_are_of_what_is_asked_for(auditor):
    every = variances(auditor)
    cell = next(row for row in every if row["measure"] and row["day"])
    for name in ("carrier", "measure", "day", "state", "verdict"):
        told = auditor.get(f"/api/variance-groups?limit={ALL}&{name}={cell[name]}").json
        of = {row["variance"] for row in rows(told, "members")}
        assert of == {row["variance"] for row in every if row[name] == cell[name]}
        assert sum(group["variances"] for group in groups_in(told).values()) == len(of)
    for wrong in ("by=home", "day=1", "state=new", "measure=a'b", "carrier=a'b", "limit=501"):
        assert auditor.get(f"/api/variance-groups?{wrong}").refused == "bad_value"


def test_a_groups_cells_are_told_some_at_a_time_and_as_a_file(auditor):
    told = auditor.get(f"/api/variance-groups?limit={ALL}").json
    key, group = max(groups_in(told).items(), key=lambda item: item[1]["variances"])
    path = f"/api/variance-groups/{key}"
    whole = auditor.get(f"{path}?limit={ALL}").json
    cells = rows(whole, "variances")
    assert whole["count"] == len(cells) == group["variances"] > 2
    of = {row["variance"] for row in rows(told, "members") if row["group"] == key}
    assert {cell["variance"] for cell in cells} == of
    sizes = [-abs(cell["difference"]) for cell in cells]
    assert sizes == sorted(sizes)
    some = auditor.get(f"{path}?limit=1&offset=1").json
    assert rows(some, "variances") == cells[1:2]
    body = auditor.get(f"{path}?as=csv&table=variances").body.decode("utf-8-sig")
    assert len(body.splitlines()) == 2 + len(cells)
    body = auditor.get("/api/variance-groups?as=csv&table=groups").body.decode("utf-8-sig")
    heads, names, *lines = csv.reader(io.StringIO(body))
    assert len(lines) == len(rows(told, "groups")) and names == told["groups"]["columns"]
    assert {"Kê thiếu (đồng)", "Kê thừa (đồng)", "Nằm sai chỗ (đồng)"} < set(heads)
    assert auditor.get("/api/variance-groups/0123456789ab").refused == "not_found"
    assert auditor.get(f"{path}?carrier=sctv").refused == "not_found"


def test_a_carrier_has_its_own_groups_and_none_has_those_of_others(askers, auditor):
    told = askers["viettel"].get(f"/api/variance-groups?limit={ALL}").json
    assert {row["carrier"] for row in rows(told, "groups")} == {"viettel"}
    assert {row["carrier"] for row in rows(told, "counts")} == {"viettel"}
    assert "members" not in told and "days_to_answer" not in told
    assert "usage-" not in json.dumps(told)  # names of files are the auditors'
    assert askers["viettel"].get("/api/variance-groups?carrier=vnpt").refused == "not_allowed"
    other = auditor.get("/api/variance-groups?carrier=vnpt").json
    key = rows(other, "groups")[0]["group"]
    assert askers["viettel"].get(f"/api/variance-groups/{key}").refused == "not_found"
    for path in ("/api/variance-groups", f"/api/variance-groups/{key}"):
        assert askers["ban-doc"].get(path).refused == "not_found"


def test_claims_are_told_some_at_a_time_and_how_many_there_are(askers, auditor):
    whole = auditor.get("/api/claims").json
    every = rows(whole, "claims")
    assert whole["count"] == len(every) == 4 * len(CARRIERS) + 1
    some = auditor.get("/api/claims?limit=4&offset=3").json
    assert rows(some, "claims") == every[3:7] and some["count"] == len(every)
    own = askers["viettel"].get("/api/claims").json
    assert own["count"] == 4 and {row["carrier"] for row in rows(own, "claims")} == {"viettel"}
    assert askers["viettel"].get("/api/claims?carrier=vnpt").refused == "not_allowed"
    assert askers["ban-doc"].get("/api/claims").refused == "not_found"


NATURES = ("discount", "in_kind", "contribution", "forbearance")


def test_what_a_claim_comes_to_is_told_nature_by_nature(auditor, counted):
    """Natures do not add up: neither an answer nor a file has one amount of several."""
    found = auditor.get("/api/claims").json["claims"]
    assert not {"amount", "amount_in_all"} & set(found["columns"])
    by_sha = {path.parent.name: json.loads(path.read_text("utf-8"))
              for path in counted.home.home.glob("claims/*/manifest.json")}  # fmt: skip
    seen = set()
    for row in rows({"claims": found}, "claims"):
        told = by_sha[row["sha256"]]
        if row["grain"] == "statement":
            assert str(row["relief"]) == told["amount"]
            assert {row[nature] for nature in NATURES} == {None}
            continue
        assert row["relief"] is None
        for nature in NATURES:
            sums = [int(one["amount"]) for one in told["sums"] if one["nature"] == nature]
            assert int(row[nature]) == sum(sums)
            seen |= {nature} if sum(sums) else set()
    assert len(seen) >= 2  # else nothing would have been added up
    for lang, says in (("vi", "Mọi tính chất"), ("en", "All natures")):
        file = auditor.get(f"/api/claims?as=csv&table=claims&lang={lang}").body.decode("utf-8-sig")
        heads, names = list(csv.reader(io.StringIO(file)))[:2]
        assert says not in file and names == found["columns"] and len(heads) == len(names)


# --- the letter ----------------------------------------------------------------------------------


def digests(home):
    """Of every file of the home, but what its server keeps for itself."""
    return {
        path.relative_to(home): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and path.relative_to(home).parts[0] != "web"
    }


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_letter_is_the_one_that_the_command_makes_and_leaves_nothing(
    counted, auditor, tmp_path, lang
):
    home, file = counted.home.home, tmp_path / "letter.pdf"
    before, web = digests(home), {path.name for path in (home / "web").iterdir()}
    answer = auditor.get(f"/api/letter/vnpt?period={PERIOD}&lang={lang}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    name = f'attachment; filename="{PERIOD}-vnpt-{lang}.pdf"'
    assert answer.headers["content-disposition"] == name
    assert digests(home) == before and {path.name for path in (home / "web").iterdir()} == web
    line = ("variance", "letter", PERIOD, "--carrier", "vnpt", "--lang", lang)
    done(*line, "--out", file, "--home", home)
    assert answer.body == file.read_bytes()
    told = (home / "web" / "access.jsonl").read_text("utf-8").splitlines()
    assert '"letter"' in told[-1] and '"vnpt"' in told[-1] and "done" in told[-1]


def test_who_may_have_a_letter(counted, askers, auditor, tmp_path):
    assert askers["ban-doc"].get(LETTER).refused == "not_allowed"
    carrier = askers["viettel"]
    assert carrier.get(f"/api/letter/vnpt?period={PERIOD}").refused == "not_allowed"
    if not variances(auditor, state="asked", carrier="viettel"):
        assert carrier.get(LETTER).refused == "not_found"  # a draft is the ministry's
        one = variances(auditor, state="open", carrier="viettel")[0]["variance"]
        moved(auditor, one, "asked", deadline="2099-01-31")
    own, file = carrier.get(LETTER), tmp_path / "letter.pdf"
    assert own.status == 200 and auditor.get(LETTER).body.startswith(b"%PDF")
    line = ("variance", "letter", PERIOD, "--carrier", "viettel", "--lines", 0)
    done(*line, "--out", file, "--home", counted.home.home)
    assert own.body == file.read_bytes()  # who sees no lines in the page has none here


def test_what_is_no_letter_is_refused(auditor, askers):
    assert auditor.get("/api/letter/viettel").refused == "bad_value"
    assert auditor.get("/api/letter/viettel?period=2021-13").refused == "bad_value"
    assert auditor.get(f"/api/letter/a'b?period={PERIOD}").refused == "bad_value"
    nothing = auditor.get(f"/api/letter/fpt?period={PERIOD}&lang=en")
    assert nothing.refused == "job_failed" and "nothing of 2021-08" in nothing.json["error"]["what"]
    asked = auditor.get(f"/api/letter/fpt?period={PERIOD}&lang=vi").json["error"]["what"]
    assert "2021-08 không có gì cần hỏi fpt" in asked and " | " not in asked
