"""The case of docs/semantics.md on areas of a cause: localities that a flood befell."""

from tests.spec.cases import Case, Expected, call, measure

FLOOD = {
    "id": "f", "cause": "flood", "localities": ["01"], "valid_from": "2021-08-10",
    "valid_until": "2021-08-13",
}  # fmt: skip

AREA_CASES = (
    Case(
        81,
        "a measure where a flood is, under an order that is no area",
        (
            call("2021-08-09T23:59:59", 60, 1),
            call("2021-08-10", 60, 2),
            call("2021-08-13", 60, 3),
        ),
        (Expected(1_180, 0, 1_180), Expected(1_180, 1_180, 0), Expected(1_180, 0, 1_180)),
        (
            measure(
                "a1", 1, {"kinds": ["voice"]}, {"type": "price_cut", "percent": "100"},
                where={"cause": "flood", "place": "home_at_use"},
            ),
        ),
        areas=(FLOOD,),
    ),
)  # fmt: skip
