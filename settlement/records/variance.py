"""A variance: a cell of a claim that is not what was recomputed, and why. No I/O here."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import ID_HEX_DIGITS
from doisoat.messages.text import message_in
from doisoat.settlement.records.alternative_frame import VALUES
from doisoat.settlement.records.claim_model import COUNTED_ITEMS
from doisoat.settlement.records.explanation import Explanation, Part, Support, Verdict
from doisoat.settlement.records.variance_states import State

KEY_ORDER = ("payer", "payee", "item", "nature", "day", "home_province", "total")
INTERCONNECT = "interconnect"  # in place of a measure: of both legs of calls
TOTAL = "total"  # of a key: a claim's own total row, held to its own rows


class Variance(NamedTuple):
    """A cell that differs.

    key: of what the grain has besides the measure. claimed: of VALUES, None: not declared, and of a
    cell that the carrier did not list, 0; recomputed: of a total row, the sum of the claim's rows.
    explanations: all that fit, as `fit.Fitted` has them.
    """

    carrier: str
    period: str
    grain: str
    claim: str  # SHA-256 of what was received
    run: str
    measure: str  # '' of a statement's item
    key: Mapping[str, str]
    claimed: tuple[int | None, int | None, int | None]
    recomputed: tuple[int, int, int]
    is_listed: bool  # by the carrier
    verdict: Verdict
    explanations: tuple[Explanation, ...]
    lines: int  # of relief that the recomputation has in the cell; of a claim by line: that differ
    unit: str = ""  # of claims.form.UNIT_WORDS, in which units are counted; '': not of one measure

    @property
    def id(self) -> str:
        """Of the claim, the run and the cell: the same whatever else was claimed."""
        identity = [self.claim, self.run, self.grain, self.measure, dict(self.key)]
        return commit.digest_of(identity)[:ID_HEX_DIGITS]

    @property
    def cell(self) -> tuple[str, ...]:
        """Of which cell it is, whichever claim and run tell it."""
        key = (text for pair in self.key.items() for text in pair)
        return self.carrier, self.period, self.grain, self.measure, *key

    @property
    def differences(self) -> tuple[int | None, ...]:
        """claimed − recomputed, of VALUES."""
        return tuple(
            None if claimed is None else claimed - recomputed
            for claimed, recomputed in zip(self.claimed, self.recomputed, strict=True)
        )

    @property
    def difference(self) -> int:
        """Of the amount, or, where only other columns differ, 0."""
        return self.differences[2] or 0

    @property
    def causes(self) -> tuple[Part, ...]:
        """The causes; where it is ambiguous, those of every explanation, each once."""
        if self.verdict != "ambiguous":
            return self.explanations[0] if self.explanations else ()
        causes: dict[tuple[str, str], Part] = {}
        for explanation in self.explanations:
            for part in explanation:
                causes.setdefault((part.cause, part.detail), part)
        return tuple(causes.values())

    @property
    def cell_text(self) -> str:
        """The cell on one line."""
        parts = [self.measure, *(value for name, value in self.key.items() if name != TOTAL)]
        if TOTAL in self.key:
            parts.append(message_in("variance", "total"))
        return " ".join(value for value in parts if value)

    @property
    def causes_text(self) -> str:
        """The explanations on one line: causes of one by +, several by " | "."""
        return " | ".join(
            " + ".join(f"{part.cause}[{part.detail}] {part.amount}" for part in explanation)
            for explanation in self.explanations
        )

    def as_object(
        self, state: State = "open", deadline: str = "", write: Callable[[int], str] = str
    ) -> dict[str, Any]:
        """Figures as text: as a reconciliation keeps it, or as `--json` prints it.

        Args: write: amounts: str of minor units, or currency.unit_text.
        """
        if self.key.get("item") in COUNTED_ITEMS:
            write = str

        def values(figures: tuple[int | None, ...]) -> dict[str, str | None]:
            return {
                name: None if value is None else (write if name == "amount" else str)(value)
                for name, value in zip(VALUES, figures, strict=True)
            }

        return {
            "id": self.id,
            "carrier": self.carrier,
            "period": self.period,
            "grain": self.grain,
            "measure": self.measure,
            "key": dict(self.key),
            "verdict": self.verdict,
            "causes": [_cause_object(part, write) for part in self.causes],
            "explanations": [
                [_cause_object(part, write) for part in explanation]
                for explanation in self.explanations
            ],
            "claimed": None if self.claimed[2] is None else write(self.claimed[2]),
            "recomputed": write(self.recomputed[2]),
            "difference": write(self.difference),
            "columns": {
                "claimed": values(self.claimed),
                "recomputed": values(self.recomputed),
                "difference": values(self.differences),
            },
            "listed": self.is_listed,
            "lines": self.lines,
            "unit": self.unit or None,
            "claim": self.claim,
            "run": self.run,
            "state": state,
            "deadline": deadline or None,
        }


def _cause_object(part: Part, write: Callable[[int], str]) -> dict[str, Any]:
    cause = {"cause": part.cause, "detail": part.detail, "amount": write(part.amount)}
    return cause if part.support is None else {**cause, "support": part.support._asdict()}


def _part_of(cause: Mapping[str, Any]) -> Part:
    support = cause.get("support")
    return Part(
        cause["cause"], cause["detail"], (0, 0, int(cause["amount"])),
        None if support is None else Support(**support),
    )  # fmt: skip


def variance_of(row: Mapping[str, Any]) -> Variance:
    """A variance as `as_object` told it; what moved is told of amounts alone."""
    columns = row["columns"]

    def values(name: str) -> tuple[Any, ...]:
        return tuple(None if columns[name][of] is None else int(columns[name][of]) for of in VALUES)

    return Variance(
        row["carrier"], row["period"], row["grain"], row["claim"], row["run"],
        row["measure"], {name: row["key"][name] for name in KEY_ORDER if name in row["key"]},
        values("claimed"), values("recomputed"), row["listed"],
        row["verdict"],
        tuple(
            tuple(map(_part_of, parts)) for parts in row["explanations"]
        ),
        row["lines"], row.get("unit") or "",
    )  # fmt: skip
