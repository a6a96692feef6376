"""Rows of other engines' tests, when DOISOAT_FOREIGN names the folder that holds `vectors`."""

import os
from pathlib import Path

import pytest

from tests.conformance.run import judge, rows_of, vector_files

FOREIGN = os.environ.get("DOISOAT_FOREIGN", "")
pytestmark = pytest.mark.skipif(
    not FOREIGN, reason="DOISOAT_FOREIGN names no folder: the vectors are not ours to carry"
)


@pytest.mark.parametrize(
    "path", vector_files(Path(FOREIGN)) if FOREIGN else [], ids=lambda p: p.name
)
def test_every_row_that_the_rate_model_covers_is_exact(path, capsys):
    report = judge(path.name, rows_of(path))
    with capsys.disabled():
        print("", *report.told(), sep="\n")
    assert not report.unequal, "\n".join(report.told())
    assert not (report.missing or report.unreadable), "each row of these files is judged"
    assert report.equal, "no row is covered"
