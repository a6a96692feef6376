"""Signed notes and checkpoints: others' vector, what is refused, and what a paper can tell."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.errors import KeyFileError, StoreError
from doisoat.settlement.log.checkpoint import (
    Checkpoint,
    origin_of,
    read_checkpoint,
    read_short,
    short_form,
)
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer, parse
from doisoat.settlement.log.signing_key import (
    make_signing_key,
    read_signer,
    read_signing_key,
)

PASSPHRASE = "chín chữ cái"
# The example of the package golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ANSWER = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501


@pytest.fixture
def key(tmp_path):
    make_signing_key(tmp_path / "a.key", "ke-toan", PASSPHRASE)
    return read_signing_key(tmp_path / "a.key", PASSPHRASE)


def by(*signers):
    return {one.key_id: one for one in signers}


def test_a_note_that_others_signed_is_read():
    signer = Signer.parse(NEUMANN, "here")
    assert (signer.name, signer.key_id, signer.text) == ("PeterNeumann", "c74f20a3", NEUMANN)
    assert parse(ANSWER, "here").signed_by(by(signer)) == (signer,)


@pytest.mark.parametrize("at", range(0, len(ANSWER), 7))
def test_any_other_letter_makes_it_nobodys(at):
    other = ANSWER[:at] + ("x" if ANSWER[at] != "x" else "y") + ANSWER[at + 1 :]
    try:
        found = parse(other, "here").signed_by(by(Signer.parse(NEUMANN, "here")))
    except StoreError:
        return
    assert found == ()


def test_ours_is_read_back_and_another_keys_signature_is_passed_over(key, tmp_path):
    note = parse(key.sign("một\nhai\n"), "here")
    stranger = make_signing_key(tmp_path / "b.key", "ke-toan", PASSPHRASE)
    assert note.text == "một\nhai\n"
    assert note.signed_by(by(key.signer, stranger)) == (key.signer,)
    assert note.signed_by(by(stranger)) == ()


@pytest.mark.parametrize("text", ["no end", "an empty\n\nline\n", ""])
def test_a_text_that_cannot_be_told_from_its_signatures_is_not_signed(key, text):
    with pytest.raises(ValueError, match="ends in a line end"):
        key.sign(text)


@pytest.mark.parametrize("text", ["", "a+b", "a b+00000000+AAAA", NEUMANN[:-4], NEUMANN + "A"])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(KeyFileError, match="not a public key"):
        Signer.parse(text, "--public")


def test_a_key_file_is_private_and_never_replaced(tmp_path, key):
    path = tmp_path / "a.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_signer(path) == key.signer and PASSPHRASE.encode() not in path.read_bytes()
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="a file is here already"):
        make_signing_key(path, "ke-toan", PASSPHRASE)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.key"]


def test_key_files_that_are_not_taken(tmp_path, key):
    path = tmp_path / "a.key"
    with pytest.raises(KeyFileError, match="passphrase does not open it"):
        read_signing_key(path, PASSPHRASE + "x")
    with pytest.raises(KeyFileError, match="not readable"):
        read_signing_key(tmp_path / "none.key", PASSPHRASE)
    with pytest.raises(KeyFileError, match="fewer than 8 characters"):
        make_signing_key(tmp_path / "c.key", "ke-toan", "ngắn")
    with pytest.raises(KeyFileError, match="cannot be a signer's name"):
        make_signing_key(tmp_path / "c.key", "kế toán", PASSPHRASE)
    other = make_signing_key(tmp_path / "b.key", "khac", PASSPHRASE)
    swapped = path.read_bytes().replace(key.signer.text.encode(), other.text.encode())
    path.write_bytes(swapped)
    with pytest.raises(KeyFileError, match="not the one that its first line names"):
        read_signing_key(path, PASSPHRASE)
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(KeyFileError, match="not a signing key"):
        read_signing_key(path, PASSPHRASE)
    (tmp_path / "b.key").chmod(0o640)
    with pytest.raises(KeyFileError, match="its mode is 640"):
        read_signing_key(tmp_path / "b.key", PASSPHRASE)


# --- checkpoints ---------------------------------------------------------------------------------

ROOT = bytes(range(32))


def test_a_checkpoint_is_read_back_and_nothing_else_is():
    told = Checkpoint(origin_of(b"first"), 7, ROOT, {"period": "2021-08", "entry": "ab"})
    assert read_checkpoint(told.text, "here") == told
    assert told.text.split("\n")[1:3] == ["7", base64.b64encode(ROOT).decode()]
    for text in (told.text[:-1], told.text + "x\n", told.text.replace("7", "07", 1), "a\nb\nc\n"):
        with pytest.raises(StoreError, match="not a checkpoint"):
            read_checkpoint(text, "here")


def test_a_paper_tells_the_log_that_goes_on_from_any_other():
    entries = [b"%d" % number for number in range(9)]
    tree = Tree(entries)
    short = read_short(short_form(5, tree.root(5)), "paper")
    assert short.is_of(tree) and short.is_of(Tree(entries[:5]))
    assert not short.is_of(Tree(entries[:4]))  # set back
    assert not short.is_of(Tree([*entries[:4], b"other", *entries[5:]]))  # rewritten
    assert short.is_of(Tree([*entries[:8], b"other"]))  # what came after, it cannot know


def test_a_paper_holds_160_bits_of_the_root():
    entries = [b"%d" % number for number in range(3)]
    root = Tree(entries).root()
    short = read_short(short_form(3, root), "paper")
    assert len(short.root) * 8 == 160 and root.startswith(short.root)


@given(st.integers(0, 10**9), st.binary(min_size=32, max_size=32))
def test_the_short_form_is_read_back_as_people_type(size, root):
    told = short_form(size, root)
    for typed in (told, told.lower(), f"  {told[:12]} {told[12:]}\n"):
        assert read_short(typed, "paper") == (size, root[:20])


@given(st.integers(0, 40), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_slip_is_found(at, letter):
    told = short_form(12, ROOT)
    place = len("DS1-12-") + at
    if told[place] in ("-", letter):
        return
    with pytest.raises(StoreError, match="mistyped"):
        read_short(told[:place] + letter + told[place + 1 :], "paper")
