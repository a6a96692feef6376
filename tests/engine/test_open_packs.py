"""The carriers' list of open packs, held to what the catalogue says a pack gives."""

import pytest

from doisoat.engine.rating.in_memory import packs_of
from doisoat.engine.rating.opening_state import open_packs_as_state
from doisoat.engine.usage.stored_parts import NO_SUBSCRIPTIONS
from doisoat.errors import StoreError
from doisoat.tariffs.compile.compile import compile_program
from tests.spec.cases import VOICE_PACK, catalogue, opened, package


def state_of(left, renewal=None):
    pack = VOICE_PACK if renewal is None else {**VOICE_PACK, "renewal": renewal}
    program = compile_program(catalogue(packs=[pack]), package())
    packs = packs_of([opened("v40", "2021-07-20", 10_000, left)])
    return open_packs_as_state(program, packs, NO_SUBSCRIPTIONS)


def test_no_more_is_left_of_a_volume_than_it_gives():
    assert state_of(40_000)["left"].to_list() == [0, 40_000]
    with pytest.raises(StoreError, match="1 volumes of open packs have more left"):
        state_of(40_001)


def test_what_was_left_of_the_pack_before_may_be_added_to_it():
    rollover = {"still_valid": "extend", "rollover": "full"}
    assert state_of(70_000, rollover)["left"].to_list() == [0, 70_000]
