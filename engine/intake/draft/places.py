"""A column of places: codes of provinces, or their names."""

import re
from collections.abc import Iterable

from doisoat.engine.intake.draft.guess import SURE, Guess, shown
from doisoat.engine.intake.draft.heads import folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.mapping.trials import share_of
from doisoat.engine.store.file_kinds import FileKind
from doisoat.messages.text import Text, message


def locality_guesses(
    sample: Sample, kind: FileKind, column: str, unknown: list[Text]
) -> Iterable[Guess]:
    """The codes that a column has, or that its names of provinces stand for."""
    field = "home_locality" if kind == "subscriptions" else "locality"
    texts = sample.texts(column)
    if share_of(texts.str.contains(r"^[0-9]{2,5}$")) >= SURE:
        return [Guess(field, (column,), {}, 1.0, message("its texts are codes"))]
    codes = _codes_of_provinces()
    names = texts.unique(maintain_order=True).to_list()
    known = {name: codes[_province(name)] for name in names if _province(name) in codes}
    if not known:
        unknown.append(message("the codes of the places in {column}", column=column))
        why = message("none of its names is known")
        return [Guess(field, (column,), {}, 0.0, why, is_whole=False)] * (kind == "subscriptions")
    if len(known) < len(names):
        lacking = shown(name for name in names if name not in known)
        unknown.append(message("the codes of {places}", places=lacking))
    share = len(known) / len(names)
    return [Guess(field, (column,), {"values": known}, share, message("names of provinces"))]


def _province(name: str) -> str:
    """A province's name without what it is, and in one writing."""
    bare = re.sub(r"^(tp|tinh|thanh pho) |^tp(?=hcm$)", "", folded(name))
    return "ho chi minh" if bare in ("hcm", "hcmc", "sai gon", "saigon") else bare


def _codes_of_provinces() -> dict[str, str]:
    from doisoat.tariffs.load.find import catalogue_path
    from doisoat.tariffs.load.tariffs import load_catalogue

    catalogue = load_catalogue(catalogue_path("vn-2021"))
    return {
        _province(place.name): place.code
        for place in catalogue.localities
        if place.province is None
    }
