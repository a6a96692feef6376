"""Refuses, before anything is written, packs that do not go together or into this home."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from doisoat.engine.store.home import Home, Part, every_part
from doisoat.errors import CatalogueError, KeyFileError, PeriodError, StoreError
from doisoat.said import Said
from doisoat.settlement.consolidate.pack_contents import Pack
from doisoat.settlement.log import journal
from doisoat.settlement.log.intake_log import CONSOLIDATE
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.runs import current_runs, run_files

SAME = ("semantics_version", "catalogue", "package", "readings")  # of all runs of a month
SHOWN_DIGITS = 12

TakenPack = Mapping[str, Any]  # Pack.log_fields, and what became of its events


def taken_before(home: Home) -> dict[tuple[str, str], TakenPack]:
    """The packs that a home took in, by carrier and period: by its log, and by its parts.

    A part without its entry is of somebody who died between the two.
    """
    entries = (entry for entry in journal.entries(home) if entry["what"] == CONSOLIDATE)
    taken = [pack for entry in entries for pack in entry.get("packs", ())]
    taken += [pack for part in every_part(home, "usage") for pack in part.manifest.get("packs", ())]
    return {(pack["carrier"], pack["period"]): pack for pack in taken}


def check_packs(
    home: Home, packs: Sequence[Pack], usage: Sequence[Part]
) -> tuple[list[Pack], list[Pack]]:
    """(packs that are new to the home, packs that are here already), in their order.

    Raises: PeriodError, CatalogueError, KeyFileError, StoreError for those that do not go together,
        or not into this home.
    """
    before = taken_before(home)
    _once(packs, before)
    new = [pack for pack in packs if (pack.carrier, pack.period.name) not in before]
    known = [pack for pack in packs if (pack.carrier, pack.period.name) in before]
    _same_tariffs(home, packs)
    runs = {key: str(taken_pack["run"]) for key, taken_pack in before.items()}
    keys = {
        key: frozenset(key_entry["id"] for key_entry in taken_pack["keys"])
        for key, taken_pack in before.items()
    }
    for pack in packs:
        key = pack.carrier, pack.period.name
        runs[key], keys[key] = str(pack.about["run"]), pack.key_ids
    _no_other_usage(home, new, usage)
    standings = life.standings(home)
    for pack in new:
        _goes_on(pack, runs)
        _same_people(pack, keys)
        _may_change(pack, standings)
    return new, known


def _once(packs: Sequence[Pack], before: Mapping[tuple[str, str], TakenPack]) -> None:
    seen: dict[tuple[str, str], Pack] = {}
    for pack in packs:
        key = pack.carrier, pack.period.name
        if key in seen:
            raise PeriodError(
                f"hai gói của {pack.name}: {seen[key].path} và gói này | two packs of {pack.name}:"
                f" {seen[key].path} and this",
                str(pack.path),
                "đưa gói mà doanh nghiệp xác nhận | give the one that the carrier stands by",
            )
        seen[key] = pack
        known = before.get(key)
        if known is not None and known["manifest_sha256"] != pack.manifest_sha256:
            seal = f"manifest {known['manifest_sha256'][:SHOWN_DIGITS]}…, {known['checkpoint']}"
            raise PeriodError(
                f"kho này đã có gói khác của {pack.name} ({seal}) | another pack of {pack.name} is"
                f" in this home already ({seal})",
                str(pack.path),
                "đã nhận thì không bỏ ra: nhận các gói đúng vào kho khác | what is taken in"
                " stays: take the packs that are right into another home",
            )


def _same_tariffs(home: Home, packs: Sequence[Pack]) -> None:
    """All runs of a month, that of the home among them, are by one catalogue, package, readings."""
    current = current_runs(home)
    first: dict[str, tuple[Said, Mapping[str, Any]]] = {
        period: (
            Said(f"lần chạy {run} của kho này", f"run {run} of this home"),
            run_files(home, run, False).manifest["inputs"],
        )
        for period, run in current.items()
    }
    for pack in packs:
        named = Said(pack.name, pack.name)
        who, inputs = first.setdefault(pack.period.name, (named, pack.inputs))
        differs = [_difference(name, inputs[name], pack.inputs[name]) for name in SAME]
        differences = "; ".join(difference for difference in differs if difference)
        if differences:
            raise CatalogueError(
                f"{pack.name} được đối soát khác với {who.vi}: {differences} | {pack.name} was"
                f" settled otherwise than {who.en}: {differences}",
                str(pack.path),
                "thống nhất danh mục giá, gói hỗ trợ và các cách đọc, rồi đối soát lại tháng ấy"
                " | agree on one catalogue, package and readings, and have the month settled anew",
            )


def _difference(name: str, first: Any, second: Any) -> str:
    if first == second:
        return ""
    if isinstance(first, Mapping):
        names = sorted(key for key in {*first, *second} if first.get(key) != second.get(key))
        return f"{name} " + ", ".join(
            f"{key} ({first.get(key)} ≠ {second.get(key)})" for key in names
        )
    return f"{name} ({str(first)[:SHOWN_DIGITS]} ≠ {str(second)[:SHOWN_DIGITS]})"


def _goes_on(pack: Pack, runs: Mapping[tuple[str, str], str]) -> None:
    """Its month opens from the one whose pack is here."""
    opening, before = pack.inputs["opening_run"], pack.period.before
    run_before = runs.get((pack.carrier, before))
    months = {period for _, period in runs}
    is_gap = before not in months and any(month < pack.period.name for month in months)
    if run_before is None and (opening is not None or is_gap):
        raise PeriodError(
            f"{pack.period.name} tiếp theo {before}, mà gói {before} của {pack.carrier} chưa có ở"
            f" đây | {pack.period.name} goes on from {before}, whose pack of {pack.carrier} is not"
            " here",
            str(pack.path),
            f"nhận gói ấy trước, hoặc cùng lúc: doisoat pack {pack.carrier} {before} | take that"
            f" pack in first, or with it: doisoat pack {pack.carrier} {before}",
        )
    if run_before is not None and opening != run_before:
        raise PeriodError(
            f"kỳ này mở từ lần chạy {opening}, mà gói {before} là của lần chạy {run_before} | it"
            f" opens from run {opening}, but the pack of {before} is of run {run_before}",
            str(pack.path),
            f"{before} đã được đối soát lại sau đó: nhận gói của cả hai tháng vào kho khác |"
            f" {before} was settled anew since: take the packs of both months into another home",
        )


def _may_change(pack: Pack, standings: Mapping[str, life.Standing]) -> None:
    """Neither its month nor one after it is signed here, nor is its cut-off past."""
    month = pack.period.name
    for standing in standings.values():
        if standing.state == "signed" and standing.period >= month:
            raise PeriodError(
                f"{standing.period} đã ký trong kho này, mà {pack.name} sẽ làm nó thay đổi |"
                f" {standing.period} is signed in this home, and {pack.name} would change it",
                str(pack.path),
                f"cho thay tháng ấy trước, có lý do: doisoat period supersede {standing.period}"
                " --why TEXT; hoặc nhận mọi gói vào kho khác | supersede the month first, with the"
                f" reason: doisoat period supersede {standing.period} --why TEXT; or take all packs"
                " into another home",
            )
    cut_off = standings[month].cut_off if month in standings else None
    if cut_off is not None and journal.civil_now() >= cut_off and standings[month].run is not None:
        raise PeriodError(
            f"hạn nhận của {month} là {cut_off:%Y-%m-%d %H:%M}, đã qua | the cut-off of {month}"
            f" was {cut_off:%Y-%m-%d %H:%M}",
            str(pack.path),
            f"dời hạn: doisoat period open {month} --cut-off TIME | move it: doisoat period open"
            f" {month} --cut-off TIME",
        )


def _same_people(pack: Pack, keys: Mapping[tuple[str, str], frozenset[str]]) -> None:
    """Of one carrier a person has one pseudonym all along: balances go from month to month."""
    for (carrier, period), known in sorted(keys.items()):
        if carrier == pack.carrier and not known & pack.key_ids:
            pack_keys, of_before = ", ".join(sorted(pack.key_ids)), ", ".join(sorted(known))
            raise KeyFileError(
                f"bí danh của gói theo khóa {pack_keys}, của {period} theo khóa {of_before}: không"
                f" thuê bao nào còn số dư kỳ trước | its pseudonyms are under key {pack_keys},"
                f" those of {period} under {of_before}: nobody would have a balance of before",
                str(pack.path),
                "đề nghị lập gói cả hai tháng từ một kho, nơi khóa đổi rồi vẫn giữ các mã | have"
                " both months packed out of one home, where a rotated key keeps its ids",
            )


def _no_other_usage(home: Home, packs: Iterable[Pack], usage: Sequence[Part]) -> None:
    """No file of these carriers was taken in otherwise: its events would be there twice."""
    carriers = {pack.carrier for pack in packs}
    for part in usage:
        path = part.file("trait.parquet")
        if part.manifest.get("packs") or path is None:
            continue
        table = pl.read_parquet(path, glob=False, hive_partitioning=False)
        present = sorted(carriers & set(table["carrier"]))
        if present:
            whose = ", ".join(present)
            raise StoreError(
                f"phần {part.id} có dữ liệu sử dụng của {whose} nhận từ tệp | part {part.id} has"
                f" usage of {whose} that came in as files",
                str(home.path),
                "hợp nhất vào kho chỉ có gói, một kho mới với --home | consolidate into a home of"
                " packs alone, a new one with --home",
            )
