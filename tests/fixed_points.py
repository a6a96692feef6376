"""Fixed points: what no change of layout, names or words may move, against a frozen record.

    python -m tests.fixed_points                  against the record; exit status 3: one differs
    python -m tests.fixed_points --default HOME   the README's default world, settled in HOME, too
    python -m tests.fixed_points --freeze FILE    write what this code gives (run by the old code)

A story of some fifty commands is run on a small synthetic home: made, settled, signed, claimed,
reconciled, sampled, packed, papered, superseded. Its points are: run ids and digests; each table of
relief.duckdb with its columns, types, comments and rows in order; each file of the home, of a pack
and of the papers; the object that each command prints with --json; every command and option; and
tests/engine/efforts.json. The code is met through its command alone, so the same file runs beside
any version of it.

Keys, times and signatures differ between two runs of the same code. Freezing therefore runs the
story twice, and a part that differs is no point. What must differ from the record stands in
tests/fixed_points_differ.toml: the name of the point, or a pattern, and the reason.
"""

import argparse
import fnmatch
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
RECORD = Path(__file__).with_name("fixed_points.json")
REASONS = Path(__file__).with_name("fixed_points_differ.toml")
COMMAND = Path(sys.executable).with_name("doisoat")
PERIOD = "2021-08"
CARRIER = "vnpt"
EVENT = "cca86a00-fb5d-cf63-bb80-ad5dc3e3ddfc"
PASSPHRASE = "mot cau mat khau du dai"
# Of a command's object only the parts that a script would read are frozen; sentences for people
# are covered by their own tests, and their wording may change.
STORY = {
    "simulate": "simulate --subscribers 500 --home {home} --json",
    "settle": "settle --period 2021-08 --home {home} --json",
    "settle-again": "settle --period 2021-08 --home {home} --json",
    "status": "status --home {home} --json",
    "period-list": "period list --home {home} --json",
    "period-status": "period status 2021-08 --home {home} --json",
    "explain": f"explain {EVENT} --home {{home}} --json",
    "explain-letter": f"explain {EVENT} --letter --home {{home}} --json",
    "suspense-list": "suspense list --home {home} --json",
    "key-check": "key check --home {home} --json",
    "mapping-list": "mapping list --json",
    "forgone": "forgone 2021-08 --home {home} --json",
    "refund-list": "refund list 2021-08 --home {home} --json",
    "interconnect": "interconnect 2021-08 --home {home} --json",
    "plausibility": "plausibility 2021-08 --home {home} --json",
    "compare": "compare none vn-2021-08 --home {home} --json",
    "sensitivity": "sensitivity --home {home} --json",
    "catalogue-check": "catalogue check vn-2021 --json",
    "catalogue-show": "catalogue show --json",
    "catalogue-diff": "catalogue diff vn-2021-08 vn-2021-all --json",
    "catalogue-schema": "catalogue schema package --json",
    "quote": "quote --json {lines}",
    "claim-template": f"claim template 2021-08 --carrier {CARRIER} --grain measure"
    " --out {out}/claim.json --home {home} --json",
    "claim-check": "claim check {claim} --home {home} --json",
    "claim-file": "claim file {claim} --home {home} --json",
    "claim-list": "claim list --home {home} --json",
    "reconcile": "reconcile --period 2021-08 --home {home} --json",
    "variance-list": "variance list --home {home} --json",
    "sample-size": f"sample size 2021-08 --carrier {CARRIER} --tolerable 5% --home {{home}} --json",
    "signer-new": "signer new binh --key {out}/binh.key --passphrase-file {passphrase} --json",
    "signer-add": "signer add --key {out}/binh.key --home {home} --json",
    "signer-list": "signer list --home {home} --json",
    "sign": "sign 2021-08 --key {out}/binh.key --passphrase-file {passphrase} --home {home} --json",
    "paper": "paper 2021-08 --home {home} --out {out}/papers --json",
    "pack": f"pack {CARRIER} 2021-08 --home {{home}} --out {{out}}/pack --json",
    "verify-pack": "verify {out}/pack --json",
    "consolidate": "consolidate {out}/pack --home {out}/ministry --json",
    "verify": "verify {home} --json",
    "log-show": "log show --home {home} --json",
    "store-check": "store check --home {home} --json",
    "settle-reading": "settle --period 2021-08 --reading programme.start=h12 --home {home} --json",
    "period-supersede": "period supersede 2021-08 --home {home} --why tinh-lai --json",
    "settle-superseding": "settle --period 2021-08 --reading programme.start=h12 --home {home}"
    " --json",
    "settle-all": "settle --all --reading programme.start=h12 --home {home} --json",
    "store-compact": "store compact --home {home} --json",
    "user-list": "user list --home {home} --json",
    "config-show": "config show --json",
    "no-home": "status --home {out}/none --json",
    "no-period": "settle --period 2021-02 --home {home} --json",
}  # fmt: skip


def digest(data: bytes | str) -> str:
    """The first 16 hex digits of its SHA-256: accidents are looked for, not adversaries."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of each leaf of a JSON value; all items of a list have one path."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for item in value:
            yield from leaves(item, f"{path}[]")
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def object_points(name: str, text: str) -> dict[str, str]:
    """The points of an object that a command printed: by path, the leaves in order."""
    by_path: dict[str, list[str]] = {}
    for path, leaf in leaves(json.loads(text)):
        by_path.setdefault(path, []).append(leaf)
    return {
        f"json:{name}{path}": values[0]
        if len(values) == 1 and len(values[0]) <= 40
        else digest("\n".join(values))
        for path, values in by_path.items()
    }


class Story:
    """One small home and what its commands gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.out = folder / "out"
        self.out.mkdir(parents=True)
        (folder / "passphrase").write_text(PASSPHRASE, "utf-8")
        (folder / "passphrase").chmod(0o600)
        (folder / "lines").write_text(
            '{"start": "2021-08-10T10:00", "kind": "voice", "plan": "vnpt.VinaCard",'
            ' "units": 55200, "destination": "on_net"}\n',
            "utf-8",
        )
        self.points: dict[str, str] = {}

    def cleaned(self, text: str) -> str:
        return text.replace(str(self.folder), "FOLDER").replace(str(ROOT), "ROOT")

    def run(self) -> dict[str, str]:
        names = {
            "home": self.home,
            "out": self.out,
            "lines": self.folder / "lines",
            "claim": self.out / "claim.json",
            "passphrase": self.folder / "passphrase",
        }
        for name, line in STORY.items():
            words = [word.format(**names) for word in line.split()]
            environment = {
                k: v for k, v in os.environ.items() if not k.startswith(("DOISOAT", "LANG", "LC_"))
            }
            environment |= {
                "XDG_CONFIG_HOME": str(self.folder / "no-config"),
                "HOME": str(self.folder),
                "LC_ALL": "C.UTF-8",
                "DOISOAT_LANG": "both",
            }
            ended = subprocess.run(
                [COMMAND, *words],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            self.points[f"status:{name}"] = str(ended.returncode)
            self.points |= object_points(name, self.cleaned(ended.stdout or "null"))
            if name == "settle":
                self.database("settled")
                self.files("home", self.home)
            elif name == "claim-template":
                self.fill(self.out / "claim.json")
            elif name == "paper":
                self.files("papers", self.out / "papers")
            elif name == "pack":
                self.files("pack", self.out / "pack")
        self.database("end")
        efforts = json.loads((ROOT / "tests/engine/efforts.json").read_text("utf-8"))
        self.points |= {f"efforts:{name}": json.dumps(effort) for name, effort in efforts.items()}
        self.commands()
        return self.points

    def fill(self, claim: Path) -> None:
        """What the carrier claims: the month's own totals, of one measure 1,000 đ too much."""
        self.points["claim:template"] = digest(claim.read_bytes())
        with duckdb.connect(str(self.home / "relief.duckdb"), read_only=True) as connection:
            totals = connection.execute(
                "SELECT measure, nature, sum(events), sum(units), sum(amount)"
                " FROM rated.relief_total WHERE carrier = ? GROUP BY ALL",
                [CARRIER],
            ).fetchall()
        figures = {tuple(row[:2]): [int(figure) for figure in row[2:]] for row in totals}
        filled = json.loads(claim.read_text("utf-8"))
        for row in filled["rows"]:
            events, units, amount = figures.get((row["measure"], row["nature"]), (0, 0, 0))
            too_much = 1_000 * ((row["measure"], row["nature"]) == ("M6", "discount"))
            row |= {"events": events, "units": units, "amount": amount + too_much}
        claim.write_text(json.dumps(filled, ensure_ascii=False), "utf-8")

    def database(self, moment: str) -> None:
        with duckdb.connect(str(self.home / "relief.duckdb"), read_only=True) as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal UNION ALL"
                " SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            for schema, table in tables:
                name = f'"{schema}"."{table}"'
                columns = connection.execute(
                    "SELECT column_name, data_type, comment FROM duckdb_columns()"
                    " WHERE schema_name = ? AND table_name = ? ORDER BY column_index",
                    [schema, table],
                ).fetchall()
                self.points[f"columns:{moment}:{schema}.{table}"] = digest(repr(columns))
                for column, *_ in columns:
                    rows = connection.execute(
                        f'SELECT "{column}"::VARCHAR FROM {name} ORDER BY ALL'
                    ).fetchall()
                    text = self.cleaned(repr(rows))
                    self.points[f"column:{moment}:{schema}.{table}.{column}"] = digest(text)
                rows = connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
                self.points[f"rows:{moment}:{schema}.{table}"] = digest(self.cleaned(repr(rows)))

    def files(self, name: str, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".duckdb":
                self.points[f"file:{name}/{path.relative_to(folder)}"] = digest(path.read_bytes())

    def commands(self) -> None:
        """Each command and its options, as the help names them."""

        def walk(words: list[str]) -> None:
            help_text = subprocess.run(
                [COMMAND, *words, "--help"], capture_output=True, text=True, check=True
            ).stdout
            options = sorted(set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_text, re.M)))
            name = " ".join(words) or "doisoat"
            for option in options:
                self.points[f"option:{name} {option}"] = "there"
            self.points[f"command:{name}"] = "there"
            # A line of a command is its name and what it does, under a heading after the options.
            below = help_text.split("\nOptions:\n")[1:]
            for command in re.findall(r"^  ([a-z][\w-]*)  +\S", "".join(below), re.M):
                walk([*words, command])

        walk([])


def default_world(home: Path) -> dict[str, str]:
    """Run id and digest of the README's world, simulated and settled in `home` if it is not yet."""
    for words in (["simulate"], ["settle", "--period", PERIOD]):
        ended = subprocess.run(
            [COMMAND, *words, "--home", home, "--json"], capture_output=True, text=True, check=True
        )
    settled = json.loads(ended.stdout)
    return {f"default:{key}": str(settled[key]) for key in ("run", "digest")}


def frozen() -> dict[str, str]:
    """The points of two runs of the story that are equal in both."""
    found = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="fixed-points-") as folder:
            found.append(Story(Path(folder)).run())
    first, second = found
    return {name: value for name, value in first.items() if second.get(name) == value}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--default", type=Path, metavar="HOME")
    parser.add_argument("--freeze", type=Path, metavar="FILE")
    options = parser.parse_args()
    default = default_world(options.default) if options.default else {}
    if options.freeze:
        points = frozen() | default
        lines = json.dumps(points, ensure_ascii=False, indent=0, sort_keys=True)
        options.freeze.write_text(lines + "\n", "utf-8")
        print(f"{len(points)} points frozen in {options.freeze}")
        return 0
    record = json.loads(RECORD.read_text("utf-8"))
    reasons = tomllib.loads(REASONS.read_text("utf-8"))["differ"]
    if not options.default:
        record, reasons = (
            {name: text for name, text in listed.items() if not name.startswith("default:")}
            for listed in (record, reasons)
        )
    with tempfile.TemporaryDirectory(prefix="fixed-points-") as folder:
        points = Story(Path(folder)).run() | default
    differ = [name for name in record if points.get(name) != record[name]]
    named: dict[str, int] = dict.fromkeys(reasons, 0)
    unnamed = []
    for name in differ:
        pattern = next((p for p in reasons if fnmatch.fnmatchcase(name, p)), None)
        if pattern is None:
            unnamed.append(name)
        else:
            named[pattern] += 1
    for pattern, count in named.items():
        print(f"{count:5} differ as they must: {pattern}: {reasons[pattern]}")
    for name in unnamed:
        print(f"DIFFERS  {name}: {record[name][:60]} -> {points.get(name, 'gone')[:60]}")
    idle = [pattern for pattern, count in named.items() if not count]
    for pattern in idle:
        print(f"NAMED, and does not differ: {pattern}")
    equal = len(record) - len(differ)
    print(
        f"{len(record)} points: {equal} equal, {len(differ) - len(unnamed)} differ as named,"
        f" {len(unnamed)} differ"
    )
    return 3 if unnamed or idle else 0


if __name__ == "__main__":
    sys.exit(main())
