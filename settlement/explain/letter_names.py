"""Names of services, packs, measures and balances in a letter about one event. No I/O here."""

from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.letter_words import BALANCES, CHARGES, NOUNS, TOWARDS, VOLUMES
from doisoat.settlement.explain.plain_vietnamese import instant, listed
from doisoat.tariffs.models.package_model import Measure


class Names:
    """The words for one explained event."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation, self.outcome, self.event = (
            explanation,
            explanation.outcome,
            explanation.outcome.event,
        )
        self.kind = self.event.kind
        self.measures: dict[str, Measure] = {}  # the entry that is for him, by id
        for data, measure in zip(
            explanation.steps("measure"), explanation.programme.measures, strict=False
        ):
            is_his = measure.carriers is None or self.event.carrier in measure.carriers
            if data["applied"] or (is_his and measure.id not in self.measures):
                self.measures[measure.id] = measure

    def noun(self) -> str:
        return f"gói cước {self.pack(self.event.pack)}" if self.kind == "pack" else NOUNS[self.kind]

    def charge_noun(self) -> str:
        return f"tiền {self.noun()}" if self.kind == "pack" else CHARGES[self.kind]

    def pack(self, pack: str) -> str:
        """The newest name of a pack that was sold by then, or its id."""
        moment = instant(self.event.start_ms)
        names = [
            sold.name
            for sold in self.explanation.catalogue.packs
            if sold.id == pack and sold.valid_from <= moment
        ]
        return names[-1] if names and names[-1] else pack

    def plan(self, plan: str) -> str:
        moment = instant(self.event.start_ms)
        plans = (p for p in self.explanation.catalogue.plans if p.id == plan and p.holds_at(moment))
        return next((p.name for p in plans if p.name), plan)

    def title(self, measure: str) -> str:
        known = self.measures.get(measure)
        return measure if known is None else known.title

    def basis(self, measure: str) -> str:
        known = self.measures.get(measure)
        return "" if known is None else f" Căn cứ: {known.document_vi or known.document}."

    def towards(self, destination: str) -> str:
        """' đến …', where there is something to say of a destination class."""
        if destination.startswith("service_"):
            return f" đến số {destination.removeprefix('service_')}"
        return f" {TOWARDS[destination]}" if destination in TOWARDS else ""

    def balance_name(
        self, role: str, measure: str, pack: str, unit: str, destinations: tuple[str, ...]
    ) -> str:
        if role == "cap":
            return f"{BALANCES[role]} của biện pháp “{self.title(measure)}”"
        if role == "money":
            return f"{BALANCES[role]} {self.pack(pack)}"
        towards = [TOWARDS[destination] for destination in destinations if destination in TOWARDS]
        name = " ".join([VOLUMES[unit], *([listed(towards)] if towards else []), BALANCES[role]])
        return f"{name} {self.pack(pack)}" if pack else name
