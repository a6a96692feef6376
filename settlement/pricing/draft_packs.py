"""Entries of a draft for packs: a row for each value, so that none is more than a word or a number.

A pack that the catalogue calls otherwise is like that one, and what differs is said below it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from doisoat.messages.text import Text, composed, message, message_in, words_in
from doisoat.settlement.explain.words import by_interval
from doisoat.settlement.pricing.draft_entry import Entry, Value, assumed, quoted
from doisoat.tariffs.change.patch_file import UNFILLED
from doisoat.tariffs.change.patch_items import LIKE
from doisoat.tariffs.models.catalogue_model import After, Pack, Volume
from doisoat.tariffs.models.labels import label_of
from doisoat.tariffs.models.value_words import CLASSES

PRICES: Final = ("price", "volumes")  # asked of a pack that is not assumed as a whole
VALID_FOR: Final = {
    "hours": message("valid for so many hours"),
    "days": message("valid for so many times 24 hours"),
    "calendar_days": message("valid for so many days, that of the purchase being the first"),
    "months": message("valid for so many months"),
}
INCLUDED: Final = words_in("in a pack", "voice", "sms", "data", "any")
Row = tuple[str, str, Text]  # key below the pack's, value, what it is


def of_pack(pack: Pack, events: int) -> Iterator[Entry]:
    """What of a pack is assumed: price and volumes, or all of one that is assumed as a whole."""
    for field, part in pack.assumed_prices:
        if pack.mark == "assumed" or field in PRICES:
            yield from _entries(pack.id, pack, field, part, assumed(pack.source), events)


def like_pack(name: str, alike: Pack, events: int, begin: datetime) -> Iterator[Entry]:
    """A pack that the records call otherwise than the catalogue, with what this says of it."""
    volumes = (f"{volume.kind} {volume.amount}" for volume in alike.volumes)
    yield Entry(
        f"packs.{quoted(name)}", {LIKE: alike.id}, message("pack {pack}", pack=name),
        "; ".join((f"{alike.id}: {alike.price}", *volumes)),
        message("the catalogue calls it {pack}: look its values over in the rows below",
                pack=alike.id),
        events, begin,
    )  # fmt: skip
    unsure = {(field, id(part)) for field, part in alike.assumed_prices}
    for field, parts in alike.priced_by:
        for part in parts or (None,):
            assert part is None or isinstance(part, Volume | After)
            is_assumed = (field, id(part)) in unsure
            why = assumed(alike.source) if is_assumed else _given(alike.source)
            yield from _entries(name, alike, field, part, why, events, is_assumed=is_assumed)


def _entries(
    name: str,
    pack: Pack,
    field: str,
    part: object,
    why: Text,
    events: int,
    *,
    is_assumed: bool = True,
) -> Iterator[Entry]:
    """A row for each value of a field, or of a volume or rule of it; a price is to be filled in."""
    for below, written, about in _rows(pack, field, part):
        is_asked = is_assumed and below.split(".")[-1] == "price"
        value: Value = UNFILLED if is_asked else written
        yield Entry(
            f"packs.{quoted(name)}.{below}", value, composed("{}: {}", _pack(name), about), written,
            why, events,
        )  # fmt: skip


def _rows(pack: Pack, field: str, part: object) -> Iterator[Row]:
    if isinstance(part, Volume):
        yield from _of_volume(pack, part)
    elif isinstance(part, After):
        at = f"after.{part.kind}"
        what = message("when the {volume} of the pack are used up", volume=INCLUDED[part.kind])
        yield f"{at}.rule", part.rule, what
        prices = part.model_dump(exclude={"kind", "rule", "source", "mark"})
        yield from _leaves(at, prices, what)
    elif field == "validity":
        yield from _leaves(field, pack.validity.model_dump(exclude_defaults=True), None)
    else:
        yield field, str(getattr(pack, field)), label_of(field)


def _leaves(at: str, values: Mapping[str, object], above: Text | None) -> Iterator[Row]:
    for name, value in values.items():
        if value is not None:
            what = label_of(name) if above else VALID_FOR.get(name, label_of(name))
            written = str(value).lower() if isinstance(value, bool) else str(value)
            yield f"{at}.{name}", written, composed("{}: {}", above, what) if above else what


def _of_volume(pack: Pack, volume: Volume) -> Iterator[Row]:
    """Its amount; of volumes that no key tells apart nothing, so that these stay as they are."""
    alike = [other for other in pack.volumes if other.kind == volume.kind]
    at = f"volumes.{volume.kind}"
    what = message("{volume} of the pack", volume=INCLUDED[volume.kind])
    if len(alike) > 1:
        own = [
            name
            for name in volume.destinations
            if all(name not in other.destinations for other in alike if other is not volume)
        ]
        if not own:
            return
        at += f".{quoted(own[0])}"
        names = [CLASSES.get(name, Text.alike(name)) for name in volume.destinations]
        what = composed(", ".join("{}" for _ in (what, *names)), what, *names)
    yield f"{at}.amount", volume.amount, composed("{}", by_interval(volume.per, what))


def _pack(name: str) -> Text:
    return message("pack {pack}", pack=name)


def _given(source: str) -> Text:
    return message_in("of a draft", "by the catalogue: {source}", source=source)
