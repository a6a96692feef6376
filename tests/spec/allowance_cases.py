"""The cases of docs/semantics.md on allowances by formula: a plan's fee, a ceiling, a rounding."""

from tests.spec.cases import Case, Expected, call, line, measure

MINUTES = {"id": "minute", "price": "280000", "per": "1 min", "valid_from": "2021-01-01"}


def allowance(fee: str, unit: str, rounding: str, **more):
    formula = {"factor": "2", "ceiling": "minute", "fee": fee, "unit": unit, "rounding": rounding}
    effect = {
        "type": "grant", "allowance": formula, "lasts": "30 d", "trigger": "begin",
        "place_in_order": "first", "in_kind_value": "list_price",
    }  # fmt: skip
    return measure("r1", 1, {"kinds": ["voice"], "plans": ["basic"]}, effect, **more)


def _case(number: int, name: str, seconds: int, fee: str, unit: str, rounding: str) -> Case:
    """A call of 200 s, of which the allowance covers so many seconds, under a fee of 210,000."""
    left = 200 - seconds
    charged = (left * 1_180 * 2 + 60) // 120
    return Case(
        number, name, (call("2021-08-06", 200),),
        (Expected(3_933, 3_933 - charged, charged,
                  lines=(line("r1", "discount", seconds * 1_000, 3_933 - charged),)),),
        (allowance(fee, unit, rounding),), ceilings=(MINUTES,),
    )  # fmt: skip


ALLOWANCE_CASES = (
    # 2 × 210,000 ÷ 280,000 = 1.5 min; without the tax of 10 % inside the fee, 1.36 min.
    _case(90, "an allowance of the fee as stated", 90, "as_stated", "1 s", "half_up"),
    _case(91, "rounded up to whole minutes", 120, "as_stated", "1 min", "up"),
    _case(92, "rounded down to whole minutes", 60, "as_stated", "1 min", "down"),
    _case(93, "of the fee without its tax", 81, "without_tax", "1 s", "down"),
)
