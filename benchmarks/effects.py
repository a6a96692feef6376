"""The measures as relations: what covers usage, what lowers a price, and extra lines.

Sales (packs and fees) are lowered by a chain of cuts; which measures hold depends on the home
locality and the moment alone, so `force` says it by intervals. What such a measure adds without
lowering a price is a line of `extra`.
"""

from itertools import pairwise

from doisoat.benchmarks.words import DATA, FEE, PACK, VOICE, Relations, must
from doisoat.tariffs.compile.program import (
    CUTS,
    EFFECTS,
    FOREVER,
    IN_KIND_VALUES,
    IN_USE,
    PLACES,
    Measure,
    Program,
)

PERCENT_DENOMINATOR = 10**6
ON_SALES = ("price_cut", "contribution", "fee_in_kind", "forbearance")
CLASSES = {0: "M6", 1: "M2", 2: "M6"}  # of sources: relief first, a pack's own and bonus, last
DESTINATIONS = (1 << 62) - 1  # as many bits as a signed integer holds


def _by_effect(program: Program, *effects: str) -> list[tuple[int, Measure, str]]:
    """(bit, entry, effect) of the entries with such effects, in their order."""
    entries = []
    for entry, measure in enumerate(program.measures):
        effect = EFFECTS[measure.effect]
        if effect in effects:
            entries.append((1 << entry, measure, effect))
    return entries


def exempt(program: Program, segment: int) -> int:
    """The measures that a segment is exempt from, though their scope has it."""
    fees = _by_effect(program, "fee_in_kind")
    return sum(bit for bit, measure, _ in fees if measure.except_segments >> segment & 1)


def free_masks(
    program: Program, mask: int, destination: int, span: tuple[int, int, int, int]
) -> tuple[int, int]:
    """Zero-ratings that may cover a trait's events: inside its host's span, and outside.

    mask: measures that carrier and kind allow. span: from, until, measures that name the host's
    list, and whether its volume is of the class zero_rated.
    """
    zero = sum(bit for bit, _, _ in _by_effect(program, "zero_rating")) & mask
    classes = program.vocabulary.destinations
    inside = classes.index("zero_rated") if span[3] else destination
    unlisted = ~program.hosts_mask
    return (
        zero & program.destination_masks[inside] & (span[2] | unlisted),
        zero & program.destination_masks[destination] & unlisted,
    )


def add_effects(tables: Relations, program: Program) -> None:
    """Lay out every measure of the program; what is not said here is refused."""
    known_bits = sum(bit for bit, _, _ in _by_effect(program, *EFFECTS))
    must(known_bits + 1 == 1 << len(program.measures), "an effect")
    must(
        len({measure.precedence for measure in program.measures}) <= 1,
        "programmes of several precedences",
    )
    must(
        all(measure.crossing == 0 for measure in program.measures),
        "an event that is split at a measure's end",
    )
    _add_bonus(tables, program)
    _add_grants(tables, program)
    _add_zero(tables, program)
    _add_cuts(tables, program)
    _add_extras(tables, program)
    _add_force(tables, program)


def _add_bonus(tables: Relations, program: Program) -> None:
    rows = []
    for bit, measure, _ in _by_effect(program, "bonus_volume"):
        in_use = IN_USE[measure.in_use]
        must(
            program.vocabulary.measures[measure.id] == "M2"
            and IN_KIND_VALUES[measure.value] == "pack_average"
            and measure.kinds == 1 << DATA,
            "another bonus than M2",
        )
        must(
            in_use in ("full", "at_renewal") and measure.place == 0,
            "M2 by what is left, or by place",
        )
        must(all(mask & bit for mask in program.pack_masks), "M2 of some packs")
        window = (measure.from_ms, measure.until_ms)
        rows.append((bit, *window, measure.amount, int(in_use == "full")))
    tables.add("bonus", "bit from_ms until_ms share in_use", rows)


def _add_grants(tables: Relations, program: Program) -> None:
    grants, orders = [], []
    for bit, measure, _ in _by_effect(program, "grant"):
        must(
            program.vocabulary.measures[measure.id] == "M6"
            and IN_KIND_VALUES[measure.value] == "list_price"
            and measure.kinds == 1 << VOICE,
            "another grant than M6",
        )
        must(
            PLACES[measure.place] == "home_at_trigger"
            and not measure.start_only
            and not measure.each_term,
            "M6 by use, or again",
        )
        window = (measure.from_ms, measure.until_ms)
        terms = (measure.amount, measure.lasts_ms, measure.first, measure.opt_in)
        grants.append((bit, *window, *terms, measure.destinations & DESTINATIONS))
        for locality, spans in enumerate(program.places[measure.place_set]):
            orders += [(bit, locality, *span) for span in spans]
    tables.add("grant", "bit from_ms until_ms amount lasts_ms first opt_in destinations", grants)
    tables.add("order", "bit locality from_ms until_ms", orders)


def _add_zero(tables: Relations, program: Program) -> None:
    """`zero`: the interval of them all, a row. `zero_name`: whose line each entry's relief is.
    `line_name`: whose line it is by what covers usage, an entry of these or a class of sources.
    """
    rows = []
    windows = set()
    for bit, measure, _ in _by_effect(program, "zero_rating"):
        must(
            IN_KIND_VALUES[measure.value] == "list_price"
            and measure.place == 0
            and measure.kinds == 1 << DATA,
            "zero-rating by place, of calls or SMS, or of another value",
        )
        rows.append((bit, measure.id))
        windows.add((measure.from_ms, measure.until_ms))
    must(len(windows) == 1, "zero-ratings of several intervals")
    tables.add("zero", "from_ms until_ms", windows)
    tables.add("zero_name", "free measure", rows)
    names = program.vocabulary.measures
    sources = [
        (0, of_class, names.index(name)) for of_class, name in CLASSES.items() if name in names
    ]
    tables.add(
        "line_name", "free class measure", sources + [(free, -1, name) for free, name in rows]
    )


def _on_sales(program: Program) -> list[tuple[int, Measure, str]]:
    rows = _by_effect(program, *ON_SALES)
    for mask in program.carrier_masks:
        names = [measure.id for bit, measure, _ in rows if bit & mask]
        must(
            len(names) == len(set(names)),
            "two entries of one measure on one carrier's packs or fees",
        )
    must(
        all(measure.kinds in (1 << PACK, 1 << FEE, 1 << PACK | 1 << FEE) for _, measure, _ in rows),
        "a cut of calls, SMS or data",
    )
    return rows


def _add_cuts(tables: Relations, program: Program) -> None:
    """`cut`: a row an entry, `step` its place in the chain from 1. What it leaves of a charge, in
    parts of PERCENT_DENOMINATOR: left × keep − list × part − less; or `cut_price` of the pack.
    """
    cuts, prices = [], []
    price_cuts = [row for row in _on_sales(program) if row[2] == "price_cut"]
    for step, (bit, measure, _) in enumerate(price_cuts, 1):
        must(measure.cap < 0 and measure.group < 0, "a cap, or cuts that exclude each other")
        keep, part, less, is_price = PERCENT_DENOMINATOR, 0, 0, 0
        match CUTS[measure.cut]:
            case "percent" if measure.base_list:
                part = measure.amount
            case "percent":
                keep -= measure.amount
            case "minus":
                less = measure.amount * PERCENT_DENOMINATOR
            case "new_price":
                is_price = 1
                by_pack = enumerate(program.cut_prices[measure.cut_prices])
                prices += [(step, pack, price) for pack, price in by_pack if price >= 0]
        cuts.append((step, bit, measure.id, keep, part, less, is_price))
    tables.add("cut", "step bit measure keep part less is_price", cuts)
    tables.add("cut_price", "step pack new_price", prices)


def _add_extras(tables: Relations, program: Program) -> None:
    """A line of one unit a sale: an amount, or the list price where `of_list`."""
    natures = program.vocabulary.natures
    rows = []
    for bit, measure, effect in _on_sales(program):
        match effect:
            case "contribution":
                rows.append((bit, measure.id, natures.index(effect), measure.amount, 0))
            case "forbearance":
                must(measure.kinds == 1 << FEE, "forbearance of a pack")
                rows.append((bit, measure.id, natures.index(effect), 0, 0))
            case "fee_in_kind":
                must(measure.kinds == 1 << FEE, "a pack in kind")
                value = IN_KIND_VALUES[measure.value]
                must(value in ("zero", "list_price"), "a fee at a pack's price")
                of_list = int(value == "list_price")
                rows.append((bit, measure.id, natures.index("in_kind"), 0, of_list))
    tables.add("extra", "bit measure nature amount of_list", rows)


def _add_force(tables: Relations, program: Program) -> None:
    """`force`: a row a locality and interval in which the same measures on sales hold."""
    sale_measures = _on_sales(program)
    must(
        all(PLACES[measure.place] in ("", "home_at_use") for _, measure, _ in sale_measures),
        "a sale by the place that serves it",
    )
    rows = []
    for locality in range(len(program.vocabulary.localities)):
        spans = []
        for bit, measure, _ in sale_measures:
            within = (measure.from_ms, measure.until_ms)
            places: tuple[tuple[int, int], ...] = ((-FOREVER, FOREVER),)
            if measure.place:
                places = program.places[measure.place_set][locality]
            both = [(max(within[0], a), min(within[1], b), bit) for a, b in places]
            spans += [span for span in both if span[0] < span[1]]
        ends = sorted({moment for span in spans for moment in span[:2]})
        for begin, end in pairwise(ends):
            bits = sum(bit for a, b, bit in spans if a <= begin and end <= b)
            if bits:
                rows.append((locality, begin, end, bits))
    tables.add("force", "locality from_ms until_ms bits", rows)
