"""Four months of a home: three are signed, things change afterwards, all is booked into the fourth.

Each act is a command line, kept with what it printed: docs/four-months.md shows some of them.
"""

import contextlib
import csv
import io
import json
import shlex
import shutil

import polars as pl

from doisoat import cli
from doisoat.engine.store.commit import sha256_of
from doisoat.fixtures.simulate import small_world
from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.integration.conftest import KINDS, done, kind_of, passphrase_in, rows

MONTHS = ("2021-07", "2021-08", "2021-09")
OPEN = "2021-10"
SUBSCRIBERS = 12
CAP = 2_928_960  # 40 % of what the three months of twelve subscribers come to
READING = "m2.in_kind_value=zero"
DUE = "SELECT event_id, refund FROM settlement.refund_state ORDER BY event_id"
STATES = """SELECT state, count(*), sum(refund - paid)::BIGINT
    FROM settlement.refund_state GROUP BY 1"""
AMOUNTS = ("events", "rated", "list_value", "discount", "payable", "discount_vat", "in_kind",
           "contribution", "refund")  # fmt: skip


class Story:
    """A home whose months are signed, and what happens to it afterwards."""

    def __init__(self, folder, key, *settling, sign=True, cap=None):
        """cap: of an envelope by `first_come`; None: the package as it is, or as given."""
        folder.mkdir(exist_ok=True)
        self.folder, self.home = folder, folder / "out"
        self.key = shutil.copy2(key, folder / "synthetic.key")
        self.world = list(
            filter(kind_of, small_world(folder / "world", subscribers=SUBSCRIBERS).path.iterdir())
        )
        charge_in_full(path for path in self.world if kind_of(path) == "usage")
        self.late = [path for path in self.world if "late" in path.name]
        secret = passphrase_in(folder)
        self.signing = ("--key", folder / "s.key", "--passphrase-file", secret)
        self.always = settling
        self.settled_with = {}
        self.papers, self.transcript = [], []
        for kind in KINDS:
            files = sorted(path for path in self.world if kind_of(path) == kind)
            self.take(*(path for path in files if path not in self.late), kind=kind)
        self.act("signer", "new", "ke-toan", *self.signing)
        if cap is not None:
            self.always = ("--package", package_of(folder, cap, "first_come"))
        for month in MONTHS:
            self.settle(month)
        self.act("signer", "add", *self.signing[:2], "--home", self.home)
        for month in MONTHS if sign else ():
            self.sign(month)

    def act(self, *args):
        """Run a command line; what it printed, which is kept."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run([*map(str, args)])
        assert status == 0, (args, out.getvalue(), err.getvalue())
        line = shlex.join(("doisoat", *map(str, args)))
        told = [text.replace(f"{self.folder}/", "") for text in (line, out.getvalue())]
        self.transcript.append((told[0].removesuffix(" --home out"), told[1]))
        return out.getvalue()

    def take(self, *files, kind="usage"):
        self.act("intake", *files, "--mapping", "world", "--kind", kind, "--key", self.key,
                 "--home", self.home)  # fmt: skip

    def settle(self, month, *more):
        options = (*self.always, *more)
        # What was said before and is not said now is given up only where somebody says so.
        gives_up = not set(self.settled_with.get(month, ())) <= set(options)
        self.settled_with[month] = options
        self.act("settle", "--period", month, *options, *(["--replace"] if gives_up else []),
                 "--home", self.home)  # fmt: skip

    def sign(self, month):
        said = self.act("sign", month, "--no-pack", *self.signing, "--home", self.home)
        (checkpoint,) = (line for line in said.splitlines() if "\tDS1-" in line)
        self.papers.append(checkpoint.rpartition("\t")[2])

    def supersede(self, *months):
        for month in months:
            self.act("period", "supersede", month, "--why", "có thay đổi", "--home", self.home)

    def settle_and_adjust(self, months, *more):
        """By month that has something to book, what its adjustment says, and its differences."""
        told = {}
        for month in months:
            self.settle(month, *more)
        for month in months:
            if not done("period", "status", month, "--home", self.home)["unadjusted"]:
                continue
            said = self.act("adjust", month, "--why", "chênh lệch", "--home", self.home)
            folder = self.home / "adjustments" / said.split("\n")[0].split("\t")[1]
            sums = pl.read_parquet(folder / "statement.parquet").drop("carrier").sum()
            manifest = json.loads((folder / "manifest.json").read_bytes())
            told[month] = {**manifest, "totals": sums.row(0, named=True)}
        return told

    def pay_refunds(self, name, pays):
        """A refund campaign: the form of what is due, filled in and booked.

        Args: pays: of the place of an event by its id and what is left of it, the amount; None: not
            paid.
        """
        form = self.folder / name
        self.act("refund", "list", "--csv", form, "--home", self.home)
        with open(form, encoding="utf-8-sig", newline="") as file:
            due = list(csv.DictReader(file))
        for place, row in enumerate(sorted(due, key=lambda row: row["event_id"])):
            row |= {
                "amount": pays(place, int(row["amount"])),
                "paid_on": "20/10/2021",
                "document": f"UNC {name}",
            }
        with open(form, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, due[0].keys())
            writer.writeheader()
            writer.writerows(row for row in due if row["amount"] is not None)
        self.act("refund", "import", form, "--why", "hoàn cước tháng 8 và 9", "--home", self.home)

    def correct(self, name, changes):
        """A carrier sends records again, corrected; its file is taken in and accepted.

        Args: changes: by event id, the columns of its record that say something else.
        Returns: the changes by file of the world and row.
        """
        found = rows(self.home, f"""
            SELECT event_id::VARCHAR, name, row FROM usage.record_event
            JOIN usage.source_file USING (source_file)
            WHERE event_id IN ({", ".join(f"'{event}'" for event in changes)})
            ORDER BY name, row
        """)  # fmt: skip
        assert len(found) == len(changes)
        corrected, replaced = [], {}
        for event, file, row in found:
            record = records_of(self.folder / "world" / file)[row - 1]
            assert changes[event].keys() <= record.keys()
            corrected.append(pl.DataFrame([{**record, **changes[event]}], infer_schema_length=None))
            replaced.setdefault(file, {})[row - 1] = changes[event]
        path = self.folder / name
        pl.concat(corrected, how="vertical_relaxed").write_csv(path)
        self.take(path)
        self.act("suspense", "choose", "--file", sha256_of(path)[:12], "--who", "Lan, đối soát",
                 "--why", "công văn 118", "--apply", "--home", self.home)  # fmt: skip
        return replaced

    def copied(self, name):
        """The home as it is now, elsewhere."""
        return shutil.copytree(self.home, self.folder / name)


def records_of(path):
    """The records of a usage file of a world, as texts."""
    is_csv = path.suffix == ".csv"
    frame = pl.read_csv(path, infer_schema=False) if is_csv else pl.read_parquet(path)
    return frame.to_dicts()


def charge_in_full(files):
    """As if carriers' billing had learnt of M4 on 15 September only: until then VX is not halved.

    Nobody is to be charged so: the refund of each is due.
    """
    read = {
        path: pl.read_csv(path, infer_schema=False)
        if path.suffix == ".csv"
        else pl.read_parquet(path)
        for path in files
    }
    charges = pl.concat(
        frame.select("pack", pl.col("charged").cast(pl.Int64, strict=False))
        for frame in read.values()
    )
    prices = dict(
        charges.filter(pl.col("pack").str.contains("VX"))
        .group_by("pack").agg(pl.col("charged").max()).iter_rows()
    )  # fmt: skip
    for path, frame in read.items():
        price = pl.col("pack").replace_strict(prices, default=None, return_dtype=pl.Int64)
        is_told = pl.col("charged").fill_null("") != ""
        day = pl.col("started").str.head(10)
        full = is_told & day.is_between(pl.lit("2021-08-05"), pl.lit("2021-09-14"))
        changed = frame.with_columns(
            pl.when(full & price.is_not_null())
            .then(price.cast(pl.String))
            .otherwise("charged")
            .alias("charged")
        )
        if not changed.equals(frame):
            changed.write_csv(path) if path.suffix == ".csv" else changed.write_parquet(path)


def package_of(folder, amount, rule):
    """The bundled package with another envelope."""
    source = bundled_catalogue() / "packages" / "vn-2021-08.yaml"
    path = folder / f"{rule}.yaml"
    text = source.read_text("utf-8")
    head = 'amount: "10000000000000"\n  rule: track\n'
    assert text.count(head) == 1
    path.write_text(text.replace(head, f'amount: "{amount}"\n  rule: {rule}\n'), "utf-8")
    return path


def run_of(home, month, name, which="signed_run"):
    (run,) = rows(home, f"SELECT {which} FROM settlement.period WHERE period = '{month}'")[0]
    return pl.read_parquet(home / "runs" / run / f"{name}.parquet")


def relief_of(home, month, which="run"):
    return int(run_of(home, month, "programme", which)["relief"].sum())


def statements(home, query):
    columns = ", ".join(AMOUNTS)
    return {(row[0], row[1]): row[2:] for row in rows(home, query.format(columns))}


def accounted(home, names=AMOUNTS, months=MONTHS):
    """By usage period and carrier: what was signed + what was adjusted, booked anywhere."""
    sums = ", ".join(f"sum({name})::BIGINT" for name in names)
    return {
        (row[0], row[1]): row[2:]
        for row in rows(
            home, f"SELECT usage_period, carrier, {sums} FROM settlement.booked GROUP BY ALL"
        )
        if row[0] in months
    }
