"""doisoat claim: what carriers declare of a period: the form, its check, its filing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.completion import periods
from doisoat.commands.options import (
    HOME_DEFAULT,
    carrier_option,
    catalogue_option,
    home_option,
    json_option,
    package_option,
    print_json,
    progress,
    reading_option,
    say,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.tariffs.bundled import DEFAULT_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doisoat.settlement.claims.filing import Filed
    from doisoat.settlement.claims.finding import Finding, RefusedClaim
    from doisoat.settlement.claims.model import Claim
    from doisoat.settlement.claims.stored import StoredClaim
    from doisoat.settlement.claims.vocabulary import VocabularyOf

FILE = click.Path(path_type=Path)
GRAINS = ("statement", "day", "province", "measure", "lines")
FORMS = ("xlsx", "csv", "json")


@click.group("claim")
def command() -> None:
    """Write the form of a carrier's claim, check one that was filled in, file it, list them.

    A claim is what one carrier declares of one period at one grain. Names of carriers, measures and
    provinces are those of the run in force of the period, or else of --catalogue and --package.
    """


@command.command("template")
@click.argument("period", metavar="YYYY-MM", shell_complete=periods)
@click.option("--carrier", metavar="ID", required=True, help="Whose claim.")
@click.option("--grain", type=click.Choice(GRAINS), required=True, help="How finely.")
@click.option("--as", "form", type=click.Choice(FORMS), default="xlsx", show_default=True)
@click.option("--out", type=FILE, metavar="FILE", required=True, help="The file to write.")
@catalogue_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@home_option
@json_option
def template(
    period: str,
    carrier: str,
    grain: Any,
    form: str,
    out: Path,
    catalogue: str,
    package: str,
    readings: dict[str, str],
    home: Path,
    as_json: bool,
) -> None:
    """Write an empty form: rows for what could be given, figures to be filled in.

    \b
    Example: doisoat claim template 2021-08 --carrier viettel --grain day --out ke-khai.xlsx
    """
    from doisoat.settlement.claims.blank import blank_of
    from doisoat.settlement.claims.model import Declared
    from doisoat.settlement.claims.template import write_template
    from doisoat.settlement.period import Period
    from doisoat.settlement.report.files import check_target, swapped

    declared = Declared(carrier, Period.of(period).name, grain)
    check_target("--out", out, f".{form}")
    vocabulary = _vocabulary(home, catalogue, package, readings)(declared.period)
    blank = blank_of(declared, vocabulary)
    swapped(out, lambda path: write_template(path, blank, form))
    if as_json:
        print_json({"template": str(out), **declared._asdict(), "rows": len(blank.rows)})
    else:
        click.echo(f"Mẫu kê khai | form of a claim: {out}\t{len(blank.rows)} dòng | rows")


@command.command("check")
@click.argument("file", type=FILE)
@carrier_option
@click.option("--period", metavar="YYYY-MM", shell_complete=periods, help="It must be of this.")
@catalogue_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@home_option
@json_option
def check(
    file: Path,
    carrier: str | None,
    period: str | None,
    catalogue: str,
    package: str,
    readings: dict[str, str],
    home: Path,
    as_json: bool,
) -> int | None:
    """Check a claim, and tell every finding with its address; nothing is filed.

    Exit status 3 with findings by which it may be filed all the same (signs, arithmetic), 5 where
    it is refused. HOME need not be there.

    \b
    Example: doisoat claim check ke-khai.xlsx --carrier viettel
    """
    from doisoat.settlement.claims.finding import RefusedClaim

    try:
        claim = _read(file, carrier, period, _vocabulary(home, catalogue, package, readings))
    except RefusedClaim as refused:
        if as_json:
            raise
        _tell(refused.findings, refused.more)
        raise _as_told(refused, file.name) from refused
    if as_json:
        print_json({"ok": not claim.findings, **claim.as_object()})
    else:
        _tell(claim.findings, claim.more)
        click.echo(_told(claim))
    return EXIT_DISAGREEMENTS if claim.findings else None


@command.command("file")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@carrier_option
@click.option("--period", metavar="YYYY-MM", shell_complete=periods, help="They must be of this.")
@click.option("--why", default="", help="The reason.")
@click.option("--by", default="", help="Who gave them, if not whoever runs this.")
@catalogue_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@home_option
@json_option
def file_(
    files: tuple[Path, ...],
    carrier: str | None,
    period: str | None,
    why: str,
    by: str,
    catalogue: str,
    package: str,
    readings: dict[str, str],
    home: Path,
    as_json: bool,
) -> int | None:
    """File claims into HOME: the bytes as received, and what they say. All of them, or none.

    Another claim of the same carrier, period and grain is its next version, which is then in force;
    the same file twice is the same claim. Findings that do not refuse a claim are kept with it.

    Exit status 3: a file is an earlier version, filed before, and a later one stays in force.

    \b
    Example: doisoat claim file ke-khai.xlsx --why "công văn 12/2021"
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement.claims.filing import file_claims

    open_home(home)
    vocabulary = _vocabulary(home, catalogue, package, readings)
    claims = [(one, _read(one, carrier, period, vocabulary)) for one in files]
    filed = file_claims(home, claims, why, by)
    if as_json:
        print_json({"claims": [one.as_object() for one in filed]})
    else:
        for one in filed:
            _tell(one.claim.findings)
            click.echo(_told_filed(one))
    passed_over = [one for one in filed if one.is_passed_over]
    for one in passed_over:
        say(_told_passed_over(one))
    return EXIT_DISAGREEMENTS if passed_over else None


@command.command("list")
@click.argument("period", metavar="[YYYY-MM]", required=False, shell_complete=periods)
@carrier_option
@home_option
@json_option
def list_(period: str | None, carrier: str | None, home: Path, as_json: bool) -> None:
    """List the claims that were filed, with their versions; the latest of each is in force.

    \b
    Example: doisoat claim list 2021-08
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement import journal
    from doisoat.settlement.claims.stored import claims_told, latest_of
    from doisoat.settlement.period import Period

    wanted = None if period is None else Period.of(period).name
    opened = open_home(home)
    told = claims_told(opened, journal.entries(opened))
    latest = {one.sha256 for one in latest_of(told).values()}
    found = sorted(
        one for one in told if wanted in (None, one.period) and carrier in (None, one.carrier)
    )
    if as_json:
        rows = [{**one.as_object(), "in_force": one.sha256 in latest} for one in found]
        print_json({"claims": rows})
        return
    for one in found:
        click.echo(_listed(one, in_force=one.sha256 in latest))
    if not found:
        click.echo("Chưa có bản kê khai nào | No claim was filed")


def _vocabulary(
    home: Path, catalogue: str, package: str, readings: dict[str, str]
) -> "VocabularyOf":
    """The names of the run in force; where there is none, of the tariffs that are given."""
    from doisoat.engine.home import open_home
    from doisoat.settlement.claims.vocabulary import of_home, of_tariffs
    from doisoat.tariffs.find import catalogue_path
    from doisoat.tariffs.load import load_catalogue, load_package

    given = of_tariffs(load_catalogue(catalogue_path(catalogue)), load_package(package, readings))
    is_there = home != Path(HOME_DEFAULT) or (home / "home.json").exists()
    return of_home(open_home(home), given) if is_there else given


def _read(
    file: Path, carrier: str | None, period: str | None, vocabulary: "VocabularyOf"
) -> "Claim":
    from doisoat.settlement.claims.read import read_claim
    from doisoat.settlement.claims.record import Expected
    from doisoat.settlement.period import Period

    wanted = None if period is None else Period.of(period).name
    with progress(f"Đang đọc | Reading {file.name}"):
        return read_claim(file, vocabulary, Expected(carrier, wanted))


def _tell(findings: "Sequence[Finding]", more: int = 0) -> None:
    """Each sort of finding once, where it is and how to mend it."""
    from doisoat.errors import without_numbers
    from doisoat.settlement.claims.grouped import grouped

    for one in grouped(findings):
        sort = "từ chối | refused" if one.refuses else "ghi nhận | kept"
        count = f" ({one.places} chỗ | places)" if one.places > 1 else ""
        click.echo(without_numbers(f"{one.at}{count}\t{one.kind}\t{sort}\t{one.told}"))
        click.echo(f"  Cách sửa | To mend: {one.mend.vi} | {one.mend.en}")
    if more:
        click.echo(f"…\tcòn {more} điều nữa | and {more} more")


def _as_told(refused: "RefusedClaim", name: str) -> "RefusedClaim":
    """The error of a refusal whose findings were told one by one: it does not tell them again."""
    from doisoat.settlement.claims.finding import RefusedClaim

    count = sum(one.refuses for one in refused.findings) + refused.more
    return RefusedClaim(
        f"bị từ chối vì {count} lỗi đã nêu | refused for the {count} faults told", name,
        "sửa theo từng dòng đã nêu rồi kiểm tra lại | mend each as it says, and check it again",
        refused.findings, refused.more,
    )  # fmt: skip


def _told(claim: "Claim") -> str:
    from doisoat.money import group_vi

    state = (
        "nộp được, có ghi nhận | may be filed, with findings" if claim.findings else "đúng | fine"
    )
    return (
        f"{claim.declared}\t{group_vi(claim.rows)} dòng | rows\t{group_vi(claim.amount)} đ\t{state}"
    )


def _told_filed(filed: "Filed") -> str:
    known = "\tđã nộp từ trước | filed before" if filed.already else ""
    return _listed(filed.claim, in_force=filed.in_force) + known


def _told_passed_over(filed: "Filed") -> str:
    claim = filed.claim
    return (
        f"Lưu ý | Note: {claim.declared}: tệp này đã nộp, là phiên bản {claim.version}; phiên bản"
        f" {filed.latest} vẫn hiện hành. Để trở lại số cũ, doanh nghiệp gửi tệp mới ghi số ấy"
        f" | this file is filed as version {claim.version}; version {filed.latest} stays in"
        " force. To return to its figures, have the carrier send a new file that gives them"
    )


def _listed(claim: "StoredClaim", *, in_force: bool) -> str:
    from doisoat.money import group_vi

    state = "hiện hành | in force" if in_force else "đã thay | superseded"
    return (
        f"{claim.declared}\tbản | version {claim.version}\t{state}\t{group_vi(claim.rows)} dòng |"
        f" rows\t{group_vi(claim.amount)} đ\t{len(claim.findings)} ghi nhận | findings"
        f"\t{claim.sha256[:16]}\t{claim.filed_at} UTC\t{claim.filed_by}"
    )
