"""Samples of a claim of lines that was filed, as the first and the second sample."""

from tests.integration.conftest import done, refused, tree_of


def test_a_filed_claim_is_a_frame(home, file_claim, lines_of):
    rows = file_claim()
    told = done("sample", "frame", "2021-08", "--carrier", "viettel", "--claim", "--home", home)
    assert told["source"]["kind"] == "claim" and told["source"]["version"] == 1
    assert told["units"] == len(rows) and told["amount"] == str(sum(row[-1] for row in rows))
    # The claim is the run's lines, and says where each subscriber's home is.
    size = ("sample", "size", "2021-08", "--carrier", "viettel", "--home", home)
    own, claimed = done(*size), done(*size, "--claim")
    assert claimed["frame_sha256"] == told["frame_sha256"] != own["frame_sha256"]
    assert claimed["design"] == own["design"]


def test_records_are_looked_up_in_a_filed_claim(home, file_claim, drawn_of, found_of):
    file_claim(lambda rows: [row for row in rows if row[4] == "M1"])
    sample = drawn_of("--usage", "--claim", "--tolerable", "2%")
    status, told = found_of(sample, "--claim")
    assert status == 3 and told["evaluation"]["results"]["missing"]["found"] > 0


def test_without_a_claim_of_lines_there_is_nothing_to_draw(home):
    before = tree_of(home)
    asked = ("sample", "frame", "2021-08", "--carrier", "viettel", "--claim", "--home", home)
    error = refused(7, *asked)
    assert "viettel filed no claim of lines for 2021-08" in error["what"]
    assert "filed no claim of lines" in refused(7, *asked, "--usage")["what"]
    assert "one of --lines and --claim" in refused(2, *asked, "--lines", "x.csv")["what"]
    assert tree_of(home) == before
