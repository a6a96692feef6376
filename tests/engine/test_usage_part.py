"""Rows that are left out of a part are found by their places: source and row."""

import random

import polars as pl

from doisoat.engine.intake.records.usage_part import PLACE, rows_at

PLACES = {"source": pl.Int32, "row": pl.Int64}


def test_rows_at_places_are_those_that_a_join_finds():
    draws = random.Random(1)
    for _ in range(300):
        rows, wanted = (
            pl.DataFrame(
                [(draws.randrange(3), draws.randrange(6)) for _ in range(draws.randrange(12))],
                PLACES,
                orient="row",
            )
            for _ in range(2)
        )
        numbered = rows.with_row_index("number")
        expected = numbered.join(wanted, on=PLACE, how="semi", maintain_order="left")["number"]
        assert rows_at(rows, wanted).to_list() == expected.to_list()


def test_rows_whose_number_no_place_has_are_not_joined(monkeypatch):
    joined = []
    join = pl.DataFrame.join

    def noted(frame, *args, **kwargs):
        joined.append(frame.height)
        return join(frame, *args, **kwargs)

    rows = pl.DataFrame({"source": [0] * 1000, "row": range(1000)}, PLACES)
    wanted = pl.DataFrame({"source": [1, 0], "row": [7, 900]}, PLACES)
    monkeypatch.setattr(pl.DataFrame, "join", noted)
    assert rows_at(rows, wanted).to_list() == [900]
    assert joined == [2]
