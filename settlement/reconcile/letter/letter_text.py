"""The text of a letter around its tables, in one language."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from doisoat.messages.text import Text
from doisoat.settlement.papers.issue import civil_of_utc
from doisoat.settlement.reconcile.letter import letter_facts as facts
from doisoat.settlement.reconcile.letter.letter_facts import Subject, Writer
from doisoat.settlement.reconcile.letter.letter_head import head, month_of, recipients
from doisoat.settlement.reconcile.letter.letter_line_table import lines_annex
from doisoat.settlement.reconcile.letter.letter_lines import Group
from doisoat.settlement.reconcile.letter.letter_words import CLAIMS
from doisoat.settlement.records.reconciliation_records import Reconciliation


def body(
    write: Writer,
    subject: Subject,
    reconciliation: Reconciliation,
    dated: date | None,
    groups: Sequence[Group],
    most: int,
) -> dict[str, Any]:
    """What the template is given but for the marks and digests.

    Args: dated: None: by hand; groups: of the annex of lines; most: lines shown of each.
    """
    say, house = write.say, write.style.house.letter
    annex, where = write.annex(subject), write.annex(subject)
    if subject.has_lines:
        lines = write.annex(subject, "lines")
        where += write(f", các dòng căn cứ ở {lines}", f", the lines behind it in {lines}")
    month, count = month_of(say, subject.month), say.whole(len(subject.variances))
    basis = None if house.basis is None else say.text(Text(house.basis, house.basis_en or ""))
    sums = facts.sum_claims(write, subject)
    return {
        "head": head(say, write.style, write.names, subject.month, dated),
        "recipients": recipients(say, house),
        "opening": _opening(write, subject, month, basis),
        "compared": write(
            "Mỗi số trong bản kê khai được so với số tính lại từ chính dữ liệu sử dụng mà Quý doanh"
            " nghiệp đã gửi, theo biểu giá và chương trình hỗ trợ có hiệu lực trong kỳ. Mã băm của"
            f" các tệp đã nhận và của kết quả tính lại ghi ở cuối {annex}.",
            "Each figure of the declaration was held against what comes out of the usage that you"
            " delivered yourselves, by the prices and the relief programme in force in the period."
            " Digests of the files received and of what was recomputed stand at the end of"
            f" {annex}.",
        ),
        "claims": _claims(write, subject, reconciliation),
        "told": write(
            f"Có {count} chênh lệch, ghi từng mục ở {annex}. Chênh lệch là số kê khai trừ số tính"
            " lại: số âm nghĩa là kê khai ít hơn.",
            f"There are {count} differences, each told in {annex}. A difference is what was"
            " declared less what was recomputed: below zero, less was declared.",
        ),
        "sums": sums,
        "not-added": None if sum(len(claim["rows"]) for claim in sums) < 2 else write(
            "Các dòng trên không cộng với nhau: các bản kê khai chi tiết hóa cùng một số liệu, và"
            " các tính chất, đơn vị khác nhau không phải là một khoản.",
            "These rows do not add up to one another: the declarations tell the same relief at"
            " different grains, and natures and units are not of one kind.",
        ),
        "in-words": facts.sums_in_words(write, subject),
        "how-found": write(
            "Chúng tôi đã tính lại cả kỳ theo từng giả định về cách Quý doanh nghiệp lập số liệu;"
            " chỉ nêu giả định cho ra đúng số kê khai. Đây là giả định, chưa phải kết luận."
            f" Chi tiết của từng giả định ghi ở {where}.",
            "The period was recomputed under each of a list of assumptions on how the figures were"
            " made; only those that come to what was declared are told. They are assumptions, and"
            f" no findings yet. The details of each stand in {where}.",
        ),
        "causes": facts.cause_items(write, subject),
        "requests": _requests(write, annex),
        "reply": _reply(write),
        "deadlines": facts.deadlines(write, subject),
        "annex": {
            "note": write(
                "Kê khai, tính lại và chênh lệch ghi theo từng đơn vị có chênh lệch. Số dòng căn cứ"
                " là số dòng hỗ trợ mà kết quả tính lại có trong ô đó.",
                "Declared, recomputed and difference are told of each unit that differs. Lines"
                " behind it are the relief lines that the recomputation has in the cell.",
            ),
            "claims": facts.annex_claims(write, subject),
            "files": [
                {"name": write.claim(claim), "value": digest}
                for digest, claim in subject.claims.items()
            ],
        },
        "lines": lines_annex(write, subject, groups, most),
    }  # fmt: skip


def _opening(write: Writer, subject: Subject, month: str, basis: str | None) -> str:
    text = write(
        f"qua đối chiếu số liệu kê khai hỗ trợ viễn thông {month} của Quý doanh nghiệp với kết quả"
        " tính lại, chúng tôi thấy còn chênh lệch và đề nghị Quý doanh nghiệp giải trình như sau:",
        f"holding your declaration of telecom relief of {month} against what was recomputed, we"
        " found differences, on which we ask you for an explanation, as follows:",
    )
    if basis is None:
        return facts.capital(text)
    return f"{basis}, {text}"


def _claims(
    write: Writer, subject: Subject, reconciliation: Reconciliation
) -> list[dict[str, str]]:
    compared = {claim["claim"]: claim for claim in reconciliation.manifest["claims"]}
    rows = []
    for digest, claim in subject.claims.items():
        rows.append(
            {
                "name": facts.capital(write.say.text(CLAIMS[claim.grain])),
                "version": str(claim.version),
                "filed": write.say.day(civil_of_utc(claim.filed_at).date()),
                "cells": write.say.whole(compared[digest]["cells"]),
                "asked": write.say.whole(
                    sum(variance.claim == digest for variance in subject.variances)
                ),
            }
        )
    return rows


def _requests(write: Writer, annex: str) -> list[dict[str, str]]:
    texts = (
        write(
            f"Xem xét từng chênh lệch ở {annex} và trả lời bằng văn bản, theo số thứ tự, đồng ý hay"
            " không đồng ý với số tính lại, kèm căn cứ;",
            f"Look at each difference in {annex}, and answer in writing, by its number, whether"
            " you accept what was recomputed or not, and on what ground;",
        ),
        write(
            "Gửi kèm các tài liệu nêu ở mục 3;",
            "Send the documents named under 3 with it;",
        ),
        write(
            "Với chênh lệch đồng ý, nộp bản kê khai phiên bản mới thay cho bản đã nộp.",
            "Of what you accept, file a new version of the declaration in place of the one filed.",
        ),
    )
    return [{"label": facts.label_of(place), "text": text} for place, text in enumerate(texts)]


def _reply(write: Writer) -> str:
    house = write.style.house.letter
    to = house.reply_to or house.agency, house.reply_to_en or house.agency_en
    if to[0] is None:
        return write("Văn bản trả lời đề nghị gửi", "Please send the answer")
    return write(f"Văn bản trả lời đề nghị gửi về {to[0]}", f"Please send the answer to {to[1]}")
