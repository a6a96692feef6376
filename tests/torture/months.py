"""The commands of a month's life after its settling: signed, shown, changed since, adjusted."""

import csv
import io
from datetime import timedelta
from pathlib import Path

from doisoat.engine.store.home import open_home
from doisoat.settlement.corrections.refund_status import as_form, outstanding, refund_status
from doisoat.settlement.figures.period import EPOCH, Period
from doisoat.settlement.log.signing_key import make_signing_key
from doisoat.settlement.runs.event_addresses import with_keys
from doisoat.settlement.tie_out.home_figures import CAUSES, figures_in

MONTH, CARRIER = "2021-08", "viettel"


def commands(folder: Path) -> list[tuple[str, tuple[str, ...]]]:
    """(name, arguments) of each; the key that signs lies in `folder`, outside the homes."""
    key, secret = folder / "s.key", folder / "passphrase"
    secret.write_text("không ai biết\n", "utf-8")
    secret.chmod(0o600)
    make_signing_key(key, "ke-toan", "không ai biết")
    signing = ("--key", str(key), "--passphrase-file", str(secret))
    why = ("--why", "thử")
    tied = ("tie-out", MONTH, "--carrier", CARRIER, "--ledger", "LEDGER", "--map", "tt200",
            "--entries", "{home}/but-toan.csv", "--xlsx", "{home}/so.xlsx")  # fmt: skip
    return [
        ("signer add", ("signer", "add", "--key", str(key), *why)),
        ("period open", ("period", "open", MONTH, "--cut-off", "2021-09-10")),
        ("sign 2021-07", ("sign", "2021-07", "--no-pack", *signing)),
        ("sign 2021-08", ("sign", MONTH, "--no-pack", *signing)),
        ("paper", ("paper", MONTH, "--carrier", CARRIER)),
        ("pack", ("pack", CARRIER, MONTH)),
        ("forgone", ("forgone", MONTH, *why)),
        ("interconnect", ("interconnect", MONTH, "--record", "--csv", "{home}/ket-noi.csv")),
        ("tie-out", tied),
        ("period supersede", ("period", "supersede", MONTH, *why)),
        ("settle anew", ("settle", "--period", MONTH, "--replace")),
        ("adjust", ("adjust", MONTH, *why)),
        ("refund import", ("refund", "import", "REFUNDS", *why)),
        ("claim file", ("claim", "file", "CLAIM", "CLAIM AGAIN", *why)),
        *samples(folder),
    ]


def samples(folder: Path) -> list[tuple[str, tuple[str, ...]]]:
    """A sample from its frame to its draw; the seeds lie in `folder`, outside the homes."""
    seeds = {"ministry": folder / "seed-ministry", CARRIER: folder / f"seed-{CARRIER}"}
    for number, seed in enumerate(seeds.values()):
        seed.write_text(f"{number:064x}\n", "utf-8")
        seed.chmod(0o600)
    parties = [
        (f"sample {step} {party}",
         ("sample", step, "SAMPLE", "--as", party, "--seed-file", str(seed)))
        for step in ("commit", "reveal") for party, seed in seeds.items()
    ]  # fmt: skip
    return [
        ("sample frame", ("sample", "frame", MONTH, "--carrier", CARRIER, "--tolerable", "20%")),
        *parties,
        ("sample draw", ("sample", "draw", "SAMPLE")),
    ]


def sample(home: Path) -> str:
    """The id of the sample that was frozen."""
    return next(path.name for path in (home / "samples").glob("[!.]*"))


def ledger(home: Path) -> str:
    """The path of a ledger that ties: payable and what it differs by, by day and service."""
    found = figures_in(open_home(home), Period.of(MONTH), CARRIER)
    path = home.parent / "so.csv"
    lines = [f"Doanh nghiệp;{CARRIER}", f"Kỳ;{MONTH}", "Đơn vị tiền;đồng",
             "Ngày;Dịch vụ;Số tiền đã tính, gồm thuế GTGT"]  # fmt: skip
    for row in found.by_key.iter_rows(named=True):
        day = (EPOCH + timedelta(days=row["day"])).date()
        lines.append(f"{day};{row['kind']};{row['payable'] + sum(row[name] for name in CAUSES)}")
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return str(path)


def refunds(home: Path) -> str:
    """The path of a file that pays all refunds that are due."""
    opened = open_home(home)
    rows, _ = with_keys(outstanding(opened, refund_status(opened)), (), ())
    due = list(csv.DictReader(io.StringIO(as_form(rows).removeprefix("\ufeff"))))
    if not due:
        raise ValueError("no refund is due in this world")
    path = home.parent / "hoan-tra.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, due[0].keys())
        writer.writeheader()
        writer.writerows({**row, "paid_on": "2021-10-20", "document": "UNC 1"} for row in due)
    return str(path)


def claim(home: Path, amount: int = 1_180) -> str:
    """The path of a claim of one day; another amount is another version of it."""
    path = home.parent / f"ke-khai-{amount}.csv"
    lines = [f"Doanh nghiệp,{CARRIER}", f"Kỳ,{MONTH}", "Mức chi tiết,day", "Đơn vị tiền,VND",
             "measure,nature,day,unit,events,units,amount",
             f"M6,discount,{MONTH}-05,ms,1,60000,{amount}"]  # fmt: skip
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return str(path)


def claim_again(home: Path) -> str:
    return claim(home, 1_181)


WORDS = {
    "LEDGER": ledger, "REFUNDS": refunds, "CLAIM": claim, "CLAIM AGAIN": claim_again,
    "SAMPLE": sample,
}  # fmt: skip
