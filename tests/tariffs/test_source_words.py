"""What Vietnamese papers say of sources: every remark of what is bundled is in Vietnamese."""

import re
from pathlib import Path

import pytest
import yaml

import doisoat
from doisoat.tariffs.models.source_words import in_vietnamese

TARIFFS = Path(doisoat.__file__).parent / "tariffs"
PLACES = re.compile(r"\b(?:An Giang|Long An|Nghệ An|Hội An)\b")
ENGLISH = re.compile(
    r"(?<![\w./-])(the|of|and|no|by|for|with|from|not|this|that|page|price|figures?|item|letter|"
    r"estimate|common|knowledge|entry|at|found|sites|poor|to|plan|as|in|says|since|until|law|decree|"
    r"tariff|carriers?|which|first|then|only|free|day|days|month|year|old|half|end|part|all|lines|"
    r"begin|after|before|used|taken|is|are|was|were|it|its|own|one|an|a)(?![\w/-])",
    re.I,
)


def sources(tree):
    """Every source and reference that a catalogue or package tells, and of single values."""
    if isinstance(tree, list):
        for one in tree:
            yield from sources(one)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name in ("source", "reference") and isinstance(value, str):
                yield value
            yield from sources(value)


BUNDLED = sorted({
    one
    for folder in ("", "packages", "overlays")
    for path in (TARIFFS / "catalogue/vn-2021" / folder).glob("*.yaml")
    for one in sources(yaml.safe_load(path.read_text("utf-8")))
})  # fmt: skip


def test_there_are_sources():
    assert len(BUNDLED) > 200 and any("no source at hand" in one for one in BUNDLED)


@pytest.mark.parametrize("source", BUNDLED)
def test_a_remark_is_told_in_vietnamese(source):
    """Where this fails: give the remark a phrase in tariffs/models/source_words.py."""
    assert ENGLISH.findall(PLACES.sub("", in_vietnamese(source))) == []


def test_addresses_and_what_no_phrase_knows_stand_as_written():
    assert in_vietnamese("vnexpress.net 4334344") == "vnexpress.net 4334344"
    assert in_vietnamese("kenhtingame.com 267857: by SMS CS50 to 999, deducted at once") == (
        "kenhtingame.com 267857: soạn CS50 gửi 999, trừ trước"
    )
    assert in_vietnamese("an own remark") == "an own remark"
