"""Text of `doisoat sample`: a sample as it stands, and the findings on it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from doisoat.settlement.sampling.words import RESULTS as WORDS
from doisoat.settlement.sampling.words import RIGHT, both

if TYPE_CHECKING:
    from doisoat.settlement.sampling.design import Design
    from doisoat.settlement.sampling.evaluation import Evaluation, Side
    from doisoat.settlement.sampling.records import Sample

METHODS = {
    "mus": "theo đồng | by đồng",
    "stratified": "theo tầng | stratified",
    "equal": "đều nhau | equal chances",
}
STEPS = {
    "commit": "chờ cam kết | waits for commitments",
    "reveal": "chờ mở hạt giống | waits for seeds",
    "draw": "sẵn sàng rút | can be drawn",
    "evaluate": "chờ kết quả kiểm | waits for what is found",
    "done": "đã đánh giá | evaluated",
}
STANDINGS = {
    "half_revealed": "MỘT BÊN CHƯA MỞ, đã biết hạt giống của bên kia"
    " | HALF REVEALED: who has not revealed knows the other seed",
    "abandoned": "BỎ DỞ: đã mở hạt giống, chưa đánh giá, đã khóa mẫu khác"
    " | ABANDONED: a seed was revealed, nothing was evaluated, another sample was frozen since",
}
VERDICTS = {
    "tolerable": "trong mức chấp nhận | tolerable",
    "not shown": "CHƯA CHỨNG TỎ | NOT SHOWN to be tolerable",
}
RESULTS = {name: both(text) for name, text in WORDS.items() if name != RIGHT}


def standing_of(sample: "Sample") -> str:
    """What is to be said of a sample that did not go on as it should; '' else."""
    states = [STANDINGS[sample.standing]] if sample.standing in STANDINGS else []
    states += [f"SAI TRÌNH TỰ | OUT OF ORDER: {fault}" for fault in sample.life.faults]
    return "; ".join(states) + (f" ({sample.life.since} UTC)" if states else "")


def print_sample(sample: "Sample") -> None:
    click.echo(f"Mẫu | sample\t{sample.id}\t{STEPS[sample.step]}")
    if remark := standing_of(sample):
        click.echo(f"  {remark}")
    print_frame(sample.manifest)
    for party in sample.design.parties:
        if party in sample.seeds:
            state = f"đã mở | revealed {sample.seeds[party]}"
        elif party in sample.commitments:
            state = f"đã cam kết | committed {sample.commitments[party]}"
        else:
            state = "chưa cam kết | has not committed"
        click.echo(f"  {party}\t{state}")


def print_history(sample: "Sample") -> None:
    """The steps of a sample as the log has them."""
    for entry in sample.life.entries:
        fields = ("party", "commitment", "seed", "evaluation", "verdict", "why")
        details = "\t".join(str(entry[name]) for name in fields if name in entry)
        click.echo(
            f"  {entry['logged_at']} UTC\t{entry['who']}\t{entry['what']}\t{details}".rstrip()
        )


def print_beside(sample: "Sample", version: int | None) -> None:
    """What else might have been shown in the place of what a sample shows.

    Args: version: of the claim that took the place of the one that it was frozen with, if any.
    """
    verdicts = [VERDICTS[evaluation["verdict"]] for evaluation in sample.shown()]
    if verdicts:
        click.echo(f"  {len(verdicts)} lần đánh giá | evaluations: {'; '.join(verdicts)}")
    for rival in sample.rivals:
        verdict = rival.verdict
        state = VERDICTS[verdict] if verdict is not None else STEPS[rival.step]
        click.echo(
            f"  mẫu khác cùng doanh nghiệp và kỳ, đã mở hạt giống | another sample of the same"
            f" carrier and month, begun: {rival.id[:8]}\t{state}"
        )
    if version is not None:
        click.echo(
            f"  bản kê khai đã có phiên bản {version} thay thế | version {version} of the claim"
            " took the place of the one that was frozen"
        )


def print_frame(content: Mapping[str, Any]) -> None:
    from doisoat.money import group_vi
    from doisoat.settlement.report.terminal_table import table
    from doisoat.settlement.sampling.design import Design, percent

    design = Design.of_object(content["design"])
    confidence = percent(design.confidence, 2)
    click.echo(
        f"  khung | frame\t{content['period']} {content['source']['kind']}\t"
        f"{group_vi(content['units'])} đơn vị | units\t{group_vi(int(content['amount']))} đ"
        f"\t{content['frame_sha256']}"
    )
    click.echo(
        f"  {METHODS[design.method]}\tcỡ mẫu | size {group_vi(design.size)}"
        f"\ttin cậy {confidence.vi} | confidence {confidence.en}\tcận | bound {design.bound}"
    )
    if design.limits:  # these decide, and nothing else
        rows = [
            (RESULTS.get(name, name), both(percent(rate))) for name, rate in design.limits.items()
        ]
        click.echo(table(("kết quả | result", "mức cao nhất | greatest rate"), rows))
        return
    unit = "đơn vị | units" if design.method == "equal" else "đ"
    click.echo(
        f"  chấp nhận | tolerable {group_vi(design.tolerable)} {unit}"
        f"\tdự kiến | expected {group_vi(design.expected)} {unit}"
    )


def print_evaluation(evaluation: "Evaluation", design: "Design") -> None:
    from doisoat.money import group_vi
    from doisoat.settlement.report.terminal_table import table
    from doisoat.settlement.sampling.design import percent

    is_money = design.method != "equal"
    unit = "đ" if is_money else "đơn vị | units"
    heads = (
        f"sai lệch ({unit}) | misstatement", "thấy | found", "ước tính | projected",
        "cận dưới | lower", "cận trên | upper",
    )  # fmt: skip
    rows = [_row("khai quá | over" if is_money else "sai | not right", evaluation.over)]
    if evaluation.under is not None:
        rows.append(_row("khai thiếu | under", evaluation.under))
    rows += [_row(RESULTS.get(name, name), side) for name, side in evaluation.results.items()]
    if evaluation.omitted is not None:
        rows.append(_row("thiếu trong kê khai (đ) | omitted (đ)", evaluation.omitted))
    click.echo(table(heads, rows))
    for name, bound in evaluation.over.bounds.items():
        if len(evaluation.over.bounds) > 1:
            click.echo(f"  cận trên | upper bound, {name}: {group_vi(bound)}")
    for name, limit in design.limits.items():
        rate, most = percent(Fraction(evaluation.results[name].found, design.size)), percent(limit)
        words = ("VƯỢT MỨC", "ABOVE") if name in evaluation.failed else ("trong mức", "within")
        click.echo(
            f"  {RESULTS.get(name, name)}\t{both(rate)}\t{words[0]} {most.vi} | {words[1]}"
            f" {most.en}"
        )
    beyond = evaluation.under.beyond if evaluation.under is not None else 0
    if beyond:
        click.echo(
            f"  {beyond} đơn vị đúng hơn gấp đôi số khai: phần vượt không có cận"
            " | units come to more than twice what is claimed: the rest is not bounded"
        )
    click.echo(f"Kết quả | verdict\t{VERDICTS[evaluation.verdict]}")


def _row(name: str, side: "Side") -> tuple[str | int, ...]:
    from doisoat.money import round_half_up

    projected = round_half_up(side.projected.numerator, side.projected.denominator)
    return name, side.found, projected, side.lower, side.upper
