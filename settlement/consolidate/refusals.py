"""Refuses, before anything is written, packs that do not go together or into this home."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from doisoat.civil_time import civil_now
from doisoat.engine.store.home import Home, Part, every_part
from doisoat.errors import CatalogueError, KeyFileError, PeriodError, StoreError
from doisoat.messages.text import Text, message
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
                message(
                    "two packs of {pack}: {path} and this", pack=pack.name, path=seen[key].path
                ),
                str(pack.path),
                message("give the one that the carrier stands by"),
            )
        seen[key] = pack
        known = before.get(key)
        if known is not None and known["manifest_sha256"] != pack.manifest_sha256:
            seal = f"manifest {known['manifest_sha256'][:SHOWN_DIGITS]}…, {known['checkpoint']}"
            raise PeriodError(
                message(
                    "another pack of {pack} is in this home already ({seal})",
                    pack=pack.name,
                    seal=seal,
                ),
                str(pack.path),
                message("what is taken in stays: take the packs that are right into another home"),
            )


def _same_tariffs(home: Home, packs: Sequence[Pack]) -> None:
    """All runs of a month, that of the home among them, are by one catalogue, package, readings."""
    current = current_runs(home)
    first: dict[str, tuple[Text, Mapping[str, Any]]] = {
        period: (
            message("run {run} of this home", run=run),
            run_files(home, run, False).manifest["inputs"],
        )
        for period, run in current.items()
    }
    for pack in packs:
        named = Text(pack.name, pack.name)
        who, inputs = first.setdefault(pack.period.name, (named, pack.inputs))
        differs = [_difference(name, inputs[name], pack.inputs[name]) for name in SAME]
        differences = "; ".join(difference for difference in differs if difference)
        if differences:
            raise CatalogueError(
                message(
                    "{pack} was settled otherwise than {who}: {differences}",
                    pack=pack.name,
                    differences=differences,
                    who=who,
                ),
                str(pack.path),
                message(
                    "agree on one catalogue, package and readings, and have the month settled anew"
                ),
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
            message(
                "{period} goes on from {before}, whose pack of {carrier} is not here",
                period=pack.period.name,
                before=before,
                carrier=pack.carrier,
            ),
            str(pack.path),
            message(
                "take that pack in first, or with it: doisoat pack {carrier} {before}",
                carrier=pack.carrier,
                before=before,
            ),
        )
    if run_before is not None and opening != run_before:
        raise PeriodError(
            message(
                "it opens from run {opening}, but the pack of {before} is of run {run_before}",
                opening=opening,
                before=before,
                run_before=run_before,
            ),
            str(pack.path),
            message(
                "{before} was settled anew since: take the packs of both months into another home",
                before=before,
            ),
        )


def _may_change(pack: Pack, standings: Mapping[str, life.Standing]) -> None:
    """Neither its month nor one after it is signed here, nor is its cut-off past."""
    month = pack.period.name
    for standing in standings.values():
        if standing.state == "signed" and standing.period >= month:
            raise PeriodError(
                message(
                    "{period} is signed in this home, and {pack} would change it",
                    period=standing.period,
                    pack=pack.name,
                ),
                str(pack.path),
                message(
                    "supersede the month first, with the reason: doisoat period supersede"
                    " {period} --why TEXT; or take all packs into another home",
                    period=standing.period,
                ),
            )
    cut_off = standings[month].cut_off if month in standings else None
    if cut_off is not None and civil_now() >= cut_off and standings[month].run is not None:
        raise PeriodError(
            message(
                "the cut-off of {month} was {cut_off}",
                month=month,
                cut_off=f"{cut_off:%Y-%m-%d %H:%M}",
            ),
            str(pack.path),
            message("move it: doisoat period open {month} --cut-off TIME", month=month),
        )


def _same_people(pack: Pack, keys: Mapping[tuple[str, str], frozenset[str]]) -> None:
    """Of one carrier a person has one pseudonym all along: balances go from month to month."""
    for (carrier, period), known in sorted(keys.items()):
        if carrier == pack.carrier and not known & pack.key_ids:
            pack_keys, of_before = ", ".join(sorted(pack.key_ids)), ", ".join(sorted(known))
            raise KeyFileError(
                message(
                    "its pseudonyms are under key {pack_keys}, those of {period} under"
                    " {of_before}: nobody would have a balance of before",
                    pack_keys=pack_keys,
                    period=period,
                    of_before=of_before,
                ),
                str(pack.path),
                message(
                    "have both months packed out of one home, where a rotated key keeps its ids"
                ),
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
                message(
                    "part {part} has usage of {whose} that came in as files",
                    part=part.id,
                    whose=whose,
                ),
                str(home.path),
                message("consolidate into a home of packs alone, a new one with --home"),
            )
