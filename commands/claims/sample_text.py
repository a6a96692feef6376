"""Text of `doisoat sample`: a sample as it stands, and the findings on it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from doisoat.commands.options import echo
from doisoat.currency import CURRENCY, unit_text
from doisoat.messages.text import Words, composed, joined, message, message_in, template
from doisoat.settlement.sampling.words import RESULTS as WORDS
from doisoat.settlement.sampling.words import RIGHT

if TYPE_CHECKING:
    from doisoat.settlement.sampling.design import Design
    from doisoat.settlement.sampling.evaluation import Evaluation, Side
    from doisoat.settlement.sampling.records import Sample

METHODS = Words({
    "mus": template("by {currency_own_unit}"),
    "stratified": message("stratified"),
    "equal": message("equal chances"),
})  # fmt: skip
STEPS = {
    "commit": message("waits for commitments"),
    "reveal": message("waits for seeds"),
    "draw": message("can be drawn"),
    "evaluate": message("waits for what is found"),
    "done": message("evaluated"),
}
STANDINGS = {
    "half_revealed": message("HALF REVEALED: who has not revealed knows the other seed"),
    "abandoned": message(
        "ABANDONED: a seed was revealed, nothing was evaluated, another sample was frozen since"
    ),
}
VERDICTS = {
    "tolerable": message("tolerable"),
    "not shown": message("NOT SHOWN to be tolerable"),
}
RESULTS = {name: text for name, text in WORDS.items() if name != RIGHT}


def standing_of(sample: "Sample") -> str:
    """What is to be said of a sample that did not go on as it should; '' else."""
    states = [STANDINGS[sample.standing]] if sample.standing in STANDINGS else []
    states += [message("OUT OF ORDER") + f": {fault}" for fault in sample.life.faults]
    return joined("; ", states) + (f" ({sample.life.since} UTC)" if states else "")


def print_sample(sample: "Sample") -> None:
    echo(message("sample") + composed("\t{}\t{}", sample.id, STEPS[sample.step]))
    if remark := standing_of(sample):
        echo(composed("  {}", remark))
    print_frame(sample.manifest)
    for party in sample.design.parties:
        if party in sample.seeds:
            state = message("revealed") + f" {sample.seeds[party]}"
        elif party in sample.commitments:
            state = message("committed") + f" {sample.commitments[party]}"
        else:
            state = message("has not committed")
        echo(composed("  {}\t{}", party, state))


def print_history(sample: "Sample") -> None:
    """The steps of a sample as the log has them."""
    for entry in sample.life.entries:
        fields = ("party", "commitment", "seed", "evaluation", "verdict", "why")
        details = "\t".join(str(entry[name]) for name in fields if name in entry)
        echo(f"  {entry['logged_at']} UTC\t{entry['who']}\t{entry['what']}\t{details}".rstrip())


def print_beside(sample: "Sample", version: int | None) -> None:
    """What else might have been shown in the place of what a sample shows.

    Args: version: of the claim that took the place of the one that it was frozen with, if any.
    """
    verdicts = [VERDICTS[evaluation["verdict"]] for evaluation in sample.shown()]
    if verdicts:
        echo(f"  {len(verdicts)} " + message("evaluations") + ": " + joined("; ", verdicts))
    for rival in sample.rivals:
        verdict = rival.verdict
        state = VERDICTS[verdict] if verdict is not None else STEPS[rival.step]
        echo(
            "  "
            + message("another sample of the same carrier and month, begun")
            + composed(": {}\t{}", rival.id[:8], state)
        )
    if version is not None:
        echo(
            "  "
            + message(
                "version {version} of the claim took the place of the one that was frozen",
                version=version,
            )
        )


def print_frame(content: Mapping[str, Any]) -> None:
    from doisoat.currency import amount_text, number_text
    from doisoat.settlement.report.terminal_table import table
    from doisoat.settlement.sampling.design import Design, percent

    design = Design.of_object(content["design"])
    confidence = percent(design.confidence, 2)
    echo(
        "  "
        + message("frame")
        + f"\t{content['period']} {content['source']['kind']}\t{number_text(content['units'])} "
        + message("units")
        + f"\t{amount_text(int(content['amount']))}\t{content['frame_sha256']}"
    )
    echo(
        composed(
            "  {}\t{} {}\t{}\t{} {}",
            METHODS[design.method],
            message_in("sample", "size"),
            number_text(design.size),
            message("confidence {level}", level=confidence),
            message("bound"),
            design.bound,
        )
    )
    if design.limits:  # these decide, and nothing else
        rows = [(RESULTS.get(name, name), percent(rate)) for name, rate in design.limits.items()]
        echo(table((message("result"), message("greatest rate")), rows))
        return
    echo(
        "  "
        + message_in("sample text", "tolerable")
        + composed("{}\t", _with_unit(design, design.tolerable))
        + message("expected")
        + _with_unit(design, design.expected)
    )


def _with_unit(design: "Design", number: int) -> str:
    """A bound of a design: an amount, or how many records."""
    from doisoat.currency import amount_text, number_text

    if design.method != "equal":
        return f" {amount_text(number)}"
    return composed(" {} {}", number_text(number), message("units"))


OF_SIDE = ("known", "projected", "lower", "upper")


def in_unit(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a sample or a frame says in its minor units, as `--json` prints it.

    By `equal` chances a side and a design count units; what a claim omits is money all the same.
    """
    if CURRENCY.form.decimals == 0:
        return dict(said)
    printed = {**said, "amount": _text_in_unit(said["amount"])}
    design = said["design"]
    is_money = design["method"] != "equal"
    if is_money:
        bounds = {name: _text_in_unit(design[name]) for name in ("tolerable", "expected")}
        printed["design"] = {**design, **bounds}
    if "evaluation" in said:
        printed["evaluation"] = _evaluation(said["evaluation"], is_money)
    return printed


def _evaluation(said: Mapping[str, Any], is_money: bool) -> dict[str, Any]:
    printed = {**said}
    for name in ("over", "under", "omitted"):
        side = said.get(name)
        if side is not None and (is_money or name == "omitted"):
            bounds = {bound: _text_in_unit(text) for bound, text in side["bounds"].items()}
            sums = {of: _text_in_unit(side[of]) for of in OF_SIDE}
            printed[name] = {**side, **sums, "bounds": bounds}
    if "amount" in said:
        printed["amount"] = _text_in_unit(said["amount"])
    return printed


def _text_in_unit(text: str) -> str:
    return unit_text(int(text))


def print_evaluation(evaluation: "Evaluation", design: "Design") -> None:
    from doisoat.currency import Amount, figure, number_text
    from doisoat.settlement.report.terminal_table import table
    from doisoat.settlement.sampling.design import percent

    is_money = design.method != "equal"
    unit = CURRENCY.form.sign if is_money else message("units")
    heads = (
        message("misstatement ({unit})", unit=unit), message("found"), message("projected"),
        message("lower"), message("upper"),
    )  # fmt: skip
    kind = Amount if is_money else int
    rows = [_row(message("over") if is_money else message("not right"), evaluation.over, kind)]
    if evaluation.under is not None:
        rows.append(_row(message("under"), evaluation.under, kind))
    rows += [_row(RESULTS.get(name, name), side, kind) for name, side in evaluation.results.items()]
    if evaluation.omitted is not None:
        rows.append(_row(message("omitted ({currency_sign})"), evaluation.omitted, kind))
    echo(table(heads, rows))
    for name, bound in evaluation.over.bounds.items():
        if len(evaluation.over.bounds) > 1:
            written = figure(bound) if is_money else number_text(bound)
            echo("  " + message("upper bound") + f", {name}: {written}")
    for name, limit in design.limits.items():
        rate, most = percent(Fraction(evaluation.results[name].found, design.size)), percent(limit)
        is_above = name in evaluation.failed
        echo(
            composed(
                "  {}\t{}\t{}",
                RESULTS.get(name, name),
                rate,
                message("ABOVE {most}", most=most)
                if is_above
                else message("within {most}", most=most),
            )
        )
    beyond = evaluation.under.beyond if evaluation.under is not None else 0
    if beyond:
        echo(
            f"  {beyond} "
            + message("units come to more than twice what is claimed: the rest is not bounded")
        )
    echo(message("verdict") + f"\t{VERDICTS[evaluation.verdict]}")


def _row(name: str, side: "Side", kind: type[int]) -> tuple[str | int, ...]:
    from doisoat.money import round_half_up

    projected = round_half_up(side.projected.numerator, side.projected.denominator)
    return name, *map(kind, (side.found, projected, side.lower, side.upper))
