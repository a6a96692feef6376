"""The compiled program as small relations of integers, which both peers join to: what is sold.

They hold what the program's arrays hold. What the peers' algorithm leaves out is refused here, by
name: they say what the default readings of vn-2021-08 need, not every tariff that the engine knows.
The measures' effects are in `effects`.
"""

import polars as pl

from doisoat.benchmarks.effects import add_effects, exempt, free_masks
from doisoat.benchmarks.task import Task
from doisoat.benchmarks.words import (
    DATA,
    HOURS,
    PACK,
    USAGE_KINDS,
    Relations,
    bits,
    must,
)
from doisoat.engine.rating.rater import class_of
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.price_tables import Table
from doisoat.tariffs.compile.program import (
    AFTER_RULES,
    COUNTS,
    PAYMENTS,
    UNLISTED,
    VOLUMES_PER,
    Program,
)
from doisoat.tariffs.models.quantity import UNITS_MAX

PACK_TERMS = (
    "from_ms", "until_ms", "price", "carrier", "rank", "hours", "days", "calendar_days",
    "calendar_month",
)  # fmt: skip
NO_MORE_TERMS = {
    "months": 0, "next_first": 0, "at_midnight": 0, "cycle_days": 0, "proration": 0, "rounding": 0,
    "shares": -1, "still_valid": 0, "rolls_over": 0, "failed": 0,
}  # fmt: skip


def _flat(table: Table) -> tuple[int, int, int, int]:
    """Numerator and denominator of a unit, first block, block: one price all along the timeline."""
    numerators = {step[2] for step in table.steps}
    must(len(numerators) == 1 and len(table.steps) <= 2, "a price that changes along an event")
    must(
        table.connect == 0 and table.rounding == 0 and not table.restart,
        "a connect fee, rounding or restart",
    )
    must(
        not (table.volume or any(table.flats) or table.crossing or table.zero_charged)
        and (table.minimum, table.maximum, table.round_to) == (0, -1, 1),
        "another charge model, flat amounts, bounds of a charge, or bands that split a call",
    )
    must(table.places == Table.places, "an order of consumption of a plan's own")
    must(table.limit in UNITS_MAX.values(), "a limit to an event of its own")
    first, block = table.steps[0][1], table.steps[-1][1]
    must(len(table.steps) == 1 or table.steps[1][0] == first, "a first step of several blocks")
    return numerators.pop(), table.denominator, first, block


def relations(task: Task) -> tuple[Program, dict[str, pl.DataFrame]]:
    """Compile, and lay the program out. Masks hold a bit a measure entry, as in the program."""
    program = compile_program(task.catalogue, task.package)
    words = program.vocabulary
    tables = Relations()
    add = tables.add
    add(
        "carrier",
        "name$ carrier mask",
        ((name, i, program.carrier_masks[i]) for i, name in enumerate(words.carriers)),
    )
    add(
        "plan",
        "name$ plan mask",
        ((name, i, program.plan_masks[i]) for i, name in enumerate(words.plans)),
    )
    add(
        "segment",
        "name$ mask",
        (
            (name, program.segment_masks[i] & ~exempt(program, i))
            for i, name in enumerate(words.segments)
        ),
    )
    add(
        "payment",
        "name$ mask",
        ((name, program.payment_masks[i]) for i, name in enumerate(PAYMENTS)),
    )
    add(
        "locality",
        "name$ locality province",
        ((name, i, program.province_of[i]) for i, name in enumerate(words.localities)),
    )

    blocks = set()
    prices = {}
    for (plan, kind, destination), (first, count) in program.rate_index.items():
        for from_ms, until_ms, table, (hours, *hours_by_day) in program.rates[
            first : first + count
        ]:
            numerator, denominator, first_block, block = _flat(program.tables[table])
            blocks.add((kind, first_block, block))
            must(set(hours_by_day) == {hours}, "hours that differ by the day")
            must(
                from_ms < task.period[0] and until_ms >= task.period[1],
                "a plan that changes in the period",
            )
            for hour in bits(hours):
                key = (
                    (plan * USAGE_KINDS + kind) * len(words.destinations) + destination
                ) * HOURS + hour
                prices[key] = (numerator, denominator, 1 << destination)
    add(
        "price",
        "key numerator denominator class_bit",
        ((key, *prices[key]) for key in sorted(prices)),
    )
    add(
        "fee",
        "plan from_ms until_ms amount",
        (
            (plan, *fee)
            for plan, (first, count) in enumerate(program.fee_index)
            for fee in program.fees[first : first + count]
        ),
    )
    must(len(blocks) == USAGE_KINDS, "two ways to bill one kind of usage")

    packs, volumes = [], []
    for pack, (first, count) in enumerate(program.pack_index):
        must(count == 1, "a pack of several versions")
        version = program.packs[first]
        must(
            all(AFTER_RULES[rule] == "plan" for rule in version.after_rules[:DATA]),
            "calls or SMS that end with a pack",
        )
        rule, table = AFTER_RULES[version.after_rules[DATA]], version.after_tables[DATA]
        must(rule in ("stop", "overage"), "a data pack that says neither stop nor overage")
        terms = version._asdict()
        must(NO_MORE_TERMS == {name: terms[name] for name in NO_MORE_TERMS}, "a validity")
        numerator, denominator = 0, 1
        if rule == "overage":
            numerator, denominator, first_block, block = _flat(program.tables[table])
            must((DATA, first_block, block) in blocks, "an overage in other blocks")
        first = version.first_volume
        volumes_of_pack = program.volumes[first : first + version.volumes_count]
        packs.append(
            (
                pack,
                *(terms[name] for name in PACK_TERMS),
                int(rule == "stop"),
                int(rule == "overage"),
                numerator,
                denominator,
            )
        )
        must(
            any(v.kind == DATA and v.hours == (1 << HOURS) - 1 for v in volumes_of_pack),
            "a pack without data at some hour",
        )
        for place, volume in enumerate(volumes_of_pack):
            must(not (volume.calls or volume.under_ms), "a volume of some calls only")
            must(COUNTS[volume.counts] != "money", "a volume of money")
            must(VOLUMES_PER[volume.per] != "cycle", "a quota per cycle")
            kin = [v for v in volumes_of_pack if v.kind == volume.kind]
            volumes.append(
                (
                    pack,
                    place,
                    volume.kind,
                    volume.destinations & (1 << 62) - 1,
                    volume.units,
                    volume.per,
                    volume.counts,
                    volume.hours,
                    len(kin),
                    sum(v.units for v in kin if not v.per),
                    sum(v.units for v in kin if v.per),
                )
            )
    add(
        "pack",
        f"pack {' '.join(PACK_TERMS)} stop overage numerator denominator",
        packs,
    )
    add("volume", "pack place kind destinations units daily raw hours alike own own_daily", volumes)

    add_effects(tables, program)
    tables["trait"] = _traits(task, program, blocks)
    return program, tables


def _traits(task: Task, program: Program, blocks: set[tuple[int, int, int]]) -> pl.DataFrame:
    """Each trait resolved, as the engine does it.

    mask: measures that may touch a purchase or a fee. free_inside, free_outside: zero-ratings that
    may cover data, while its host stands on its list and otherwise. province: of its locality.
    """
    words = program.vocabulary
    carriers = {name: i for i, name in enumerate(words.carriers)}
    kinds = {name: i for i, name in enumerate(words.kinds)}
    classes = {name: i for i, name in enumerate(words.destinations)}
    packs = {name: i for i, name in enumerate(words.packs)}
    sizes = {kind: (first, block) for kind, first, block in blocks}
    frame = pl.read_parquet(task.usage[0].path / "trait.parquet").sort("trait")
    rows = []
    localities = {name: i for i, name in enumerate(words.localities)}
    columns = ("trait", "carrier", "kind", "destination", "rating_group", "pack", "locality")
    for trait, carrier_name, kind_name, destination, host, pack, place in frame.select(
        columns
    ).iter_rows():
        name, network = class_of(destination, carrier_name)
        carrier, kind, pack_at = (
            carriers.get(carrier_name, 0),
            kinds[kind_name],
            packs.get(pack, -1),
        )
        mask = program.carrier_masks[carrier] & program.kind_masks[kind]
        if kind == PACK:
            mask &= program.pack_masks[pack_at] if pack_at >= 0 else 0
        of_class = classes.get(name, classes[UNLISTED])
        spans = program.hosts.get(host, ()) if kind == DATA else ()
        must(len(spans) <= 1, "a host on several lists")
        span = spans[0] if spans else (0, 0, 0, 0)
        must(span[3] == 0 or host != "", "a free host without a name")
        rows.append(
            (
                trait,
                carrier,
                kind,
                of_class,
                carriers.get(network, 0) if network is not None else -1,
                pack_at,
                mask & program.destination_masks[of_class] & ~program.hosts_mask,
                span[0],
                span[1],
                span[3],
                *free_masks(program, mask, of_class, span),
                program.province_of[localities.get(place, 0)],
                *sizes.get(kind, (1, 1)),
            )
        )
    schema = [
        "trait",
        "carrier",
        "kind",
        "destination",
        "network",
        "pack",
        "mask",
        "span_from",
        "span_until",
        "span_zero",
        "free_inside",
        "free_outside",
        "province",
        "first",
        "block",
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.Int64), orient="row")
