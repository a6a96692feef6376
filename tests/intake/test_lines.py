"""Lines are found again by their number, as whoever walks over all of them would find them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.intake.forms import lines
from doisoat.engine.intake.forms.lines import blocks_of, lines_of, located_lines
from doisoat.engine.intake.forms.raw_chunks import open_source

LINES = st.lists(st.sampled_from([b"", b"\r", b"a", b"bc\r", b"d,e,f", b"\r\r"]), max_size=40)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("lines") / "calls.csv"


@given(LINES, st.integers(1, 12))
def test_pieces_of_a_block_are_its_lines(path, texts, piece_bytes):
    path.write_bytes(b"\n".join([b"header", *texts, b"last", b""]))
    for block in blocks_of(open_source(path), 0, has_header=True):
        pieces = list(lines.pieces_of(block, piece_bytes))
        assert b"".join(piece.raw for piece in pieces) == block.raw
        assert list(walked(pieces)) == list(walked([block]))
        for name in ("ends", "blank_lines", "records"):
            assert sum(getattr(piece, name) for piece in pieces) == getattr(block, name)


def walked(blocks):
    """(row, line, offset, digest, raw) of every line that is not empty."""
    for block in blocks:
        for line in lines_of(block):
            digest = hashlib.sha256(line.raw).hexdigest()
            yield line.row, line.line, line.offset, digest, line.raw, block.is_cut


@pytest.mark.parametrize("piece_bytes", [1, 7, 1 << 14])
@given(LINES, st.booleans(), st.booleans(), st.integers(1, 60))
def test_found_lines_are_those_of_a_walk(path, piece_bytes, texts, is_cut, has_header, block_bytes):
    content = b"\n".join([b"header", *texts, b"last"]) + (b"" if is_cut else b"\n")
    path.write_bytes(content)
    file = open_source(path)

    def blocks():
        return blocks_of(file, 0, has_header=has_header, block_bytes=block_bytes)

    every = list(walked(blocks()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "PIECE_BYTES", piece_bytes)
        for step in (1, 2, 5):
            wanted = every[::step]
            found = [
                (
                    at.row,
                    at.address.line,
                    at.address.offset,
                    at.address.raw_sha256,
                    at.raw,
                    at.is_cut,
                )
                for at in located_lines(blocks(), {one[0] for one in wanted})
            ]
            assert found == wanted
    assert [row for row, *_ in every] == list(range(1, len(every) + 1))
    assert all(content[offset:].startswith(raw) for _, _, offset, _, raw, _ in every)
