"""Checks of dates and ranges: gaps and overlaps in what follows each other or stands side by side.

Each check takes the catalogue and a way to say where a value stands, and yields findings.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise

from doisoat.messages.text import message
from doisoat.tariffs.check.findings import Finding, Place, listed, meet
from doisoat.tariffs.models.catalogue_model import Catalogue, InterconnectPrice, Numbering
from doisoat.tariffs.models.field_types import Dated
from doisoat.tariffs.models.outline import date_text

Check = Callable[[Catalogue, Place], Iterator[Finding]]


def check_versions(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Versions of one thing follow each other without a gap, and do not hold together."""
    yield from _succession("plans", catalogue.plans, [plan.id for plan in catalogue.plans], place)
    yield from _succession("packs", catalogue.packs, [pack.id for pack in catalogue.packs], place)
    hosts = catalogue.zero_rated_hosts
    names = [f"{host.host} ({host.list})" for host in hosts]
    yield from _succession("zero_rated_hosts", hosts, names, place)


def _succession(
    section: str, versions: Sequence[Dated], names: Sequence[str], place: Place
) -> Iterator[Finding]:
    ordered = sorted(range(len(versions)), key=lambda i: (names[i], versions[i].valid_from))
    for i, j in pairwise(ordered):
        before, after = versions[i], versions[j]
        if names[i] != names[j]:
            continue
        if meet(before, after):
            yield Finding(
                "warning",
                "validity-overlap",
                place(section, j),
                message(
                    "{names}: two versions hold together from {valid_from}",
                    names=names[j],
                    valid_from=date_text(after.valid_from),
                ),
                message(
                    "end the earlier one by valid_until: {valid_from}",
                    valid_from=date_text(after.valid_from),
                ),
            )
        elif before.valid_until is not None and before.valid_until < after.valid_from:
            span = f"[{date_text(before.valid_until)}, {date_text(after.valid_from)})"
            yield Finding(
                "warning",
                "validity-gap",
                place(section, j),
                message("{names}: no version holds in {span}", names=names[j], span=span),
                message(
                    "let valid_until meet the next valid_from, or add the version that is missing"
                ),
            )


def check_orders(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Two orders of one directive over one locality at one time count once; one has no say."""
    for (_, first), (j, second) in combinations(enumerate(catalogue.orders), 2):
        both = sorted(set(first.localities) & set(second.localities))
        if both and first.directive == second.directive and meet(first, second):
            begin = date_text(max(first.valid_from, second.valid_from))
            yield Finding(
                "warning",
                "order-overlap",
                place("orders", j),
                message(
                    "orders {id} and {id_2} both cover {both} from {begin}",
                    id=first.id,
                    id_2=second.id,
                    both=listed(both),
                    begin=begin,
                ),
                message("end the earlier where the later begins, or join the two"),
            )


def check_interconnect(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """For each pair of services and terminating carrier one price at a time, without a gap."""
    if not catalogue.interconnect:
        return
    services = {
        "mobile": [carrier.id for carrier in catalogue.carriers if carrier.mobile],
        "fixed": [carrier.id for carrier in catalogue.carriers if carrier.fixed],
    }
    reported: set[tuple[str, int, int]] = set()
    unpriced: dict[tuple[str, str], list[str]] = {}
    for origin, ends in [(a, b) for a in services for b in services if services[a]]:
        for carrier in services[ends]:
            prices = [
                (i, price)
                for i, price in enumerate(catalogue.interconnect)
                if (price.from_service, price.to_service) == (origin, ends)
                and (price.to_carriers is None or carrier in price.to_carriers)
            ]
            prices.sort(key=lambda pair: pair[1].valid_from)
            if not prices:
                unpriced.setdefault((origin, ends), []).append(carrier)
            for (i, before), (j, after) in pairwise(prices):
                finding = _interconnect_pair(before, after, carrier, place("interconnect", j))
                if finding is not None and (finding.code, i, j) not in reported:
                    reported.add((finding.code, i, j))
                    yield finding
    for (origin, ends), carriers in unpriced.items():
        yield Finding(
            "warning",
            "interconnect-missing",
            place("interconnect"),
            message(
                "no interconnection price {origin} → {ends} (to {carriers})",
                origin=origin,
                ends=ends,
                carriers=listed(carriers),
            ),
            message("add the price, or say in a comment why there is none"),
        )


def _interconnect_pair(
    before: InterconnectPrice, after: InterconnectPrice, carrier: str, where: str
) -> Finding | None:
    name = f"{after.from_service} → {after.to_service}, {carrier}"
    if meet(before, after):
        return Finding(
            "error",
            "interconnect-overlap",
            where,
            message(
                "{name}: two prices, {price} and {price_2}, hold at one time",
                name=name,
                price=before.price,
                price_2=after.price,
            ),
            message(
                "end the earlier by valid_until: {valid_from}",
                valid_from=date_text(after.valid_from),
            ),
        )
    if before.valid_until is not None and before.valid_until < after.valid_from:
        span = f"[{date_text(before.valid_until)}, {date_text(after.valid_from)})"
        return Finding(
            "warning",
            "interconnect-gap",
            where,
            message("{name}: no price holds in {span}", name=name, span=span),
            message("let the two meet, or add the price that is missing"),
        )
    return None


def check_numbering(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """A range or a short code has one owner."""
    seen: set[tuple[str, int | None]] = set()
    for i, prefix in enumerate(catalogue.numbering.prefixes):
        if (prefix.prefix, prefix.digits) in seen:
            yield _twice(f"{prefix.prefix}", place("numbering", "prefixes", i))
        seen.add((prefix.prefix, prefix.digits))
    codes: set[str] = set()
    for i, short in enumerate(catalogue.numbering.short_codes):
        if short.code in codes:
            yield _twice(short.code, place("numbering", "short_codes", i))
        codes.add(short.code)
    yield from _check_renumberings(catalogue.numbering, place)


def _check_renumberings(numbering: Numbering, place: Place) -> Iterator[Finding]:
    """A number in its old form has one new form, which a range of the plan holds."""
    seen: set[tuple[str, int]] = set()
    for i, change in enumerate(numbering.renumberings):
        where = place("numbering", "renumberings", i)
        if (change.old, change.digits) in seen:
            yield _twice(f"{change.old} ({change.digits})", where)
        seen.add((change.old, change.digits))
        number = change.new + "0" * (change.digits - len(change.old))
        if numbering.network_of(number) == "unknown":
            yield Finding(
                "error",
                "renumbered-nowhere",
                where,
                message(
                    "{old} becomes {new}, which is in no range of {number} digits",
                    old=change.old,
                    new=change.new,
                    number=len(number),
                ),
                message("add the range to prefixes, or mend new and digits"),
            )


def _twice(name: str, where: str) -> Finding:
    return Finding(
        "error",
        "number-twice",
        where,
        message("the number range {name} stands twice", name=name),
        message("keep one of the two"),
    )


CHECKS: tuple[Check, ...] = (check_versions, check_orders, check_interconnect, check_numbering)
