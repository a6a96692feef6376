"""The log's Merkle tree: roots as RFC 6962 defines them, proofs that prove, and no others."""

import hashlib
import random

import pytest

from doisoat.settlement.log.merkle import EMPTY, Tree, is_consistent, is_included, leaf_hash

ENTRIES = [f"entry {n}".encode() for n in range(70)]
# The vectors of RFC 6962's reference implementation (certificate-transparency, merkle_tree_test).
KNOWN = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def naive(entries):
    """MTH of RFC 6962, section 2.1, as it is written there."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + naive(entries[:k]) + naive(entries[k:])).digest()


def test_roots_are_those_of_the_published_vectors():
    tree = Tree(KNOWN)
    assert [tree.root(size).hex() for size in range(1, 9)] == list(ROOTS)
    assert tree.root(0) == EMPTY


def test_every_root_and_proof_up_to_seventy_entries_holds():
    tree = Tree(ENTRIES)
    roots = [tree.root(size) for size in range(len(ENTRIES) + 1)]
    assert roots == [naive(ENTRIES[:size]) for size in range(len(ENTRIES) + 1)]
    for size in range(1, len(ENTRIES) + 1):
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert is_included(leaf_hash(ENTRIES[index]), index, size, proof, roots[size])
        for old in range(1, size + 1):
            proof = tree.consistency(old, size)
            assert is_consistent(old, size, roots[old], roots[size], proof)
        assert is_consistent(0, size, EMPTY, roots[size], [])


def test_a_tree_grows_as_it_is_built():
    tree = Tree()
    for size, entry in enumerate(ENTRIES, start=1):
        tree.append(entry)
        assert (len(tree), tree.root()) == (size, naive(ENTRIES[:size]))


def changed(draw, proof):
    """The proof with a step altered, taken out, put in, or two of them exchanged."""
    proof = list(proof)
    act = draw.choice(("alter", "drop", "add", "swap"))
    at = draw.randrange(len(proof) + (act == "add")) if proof or act == "add" else 0
    if act == "add":
        proof.insert(at, draw.randbytes(32))
    elif act == "swap" and len(proof) > 1:
        other = (at + 1) % len(proof)
        proof[at], proof[other] = proof[other], proof[at]
    elif act == "drop" and proof:
        del proof[at]
    elif proof:
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    return proof


@pytest.mark.parametrize("seed", range(8))
def test_nothing_else_is_proved(seed):
    draw, tree = random.Random(seed), Tree(ENTRIES)
    for _ in range(400):
        size = draw.randrange(1, len(ENTRIES) + 1)
        index = draw.randrange(size)
        leaf, root = leaf_hash(ENTRIES[index]), tree.root(size)
        proof = tree.inclusion(index, size)
        wrong = changed(draw, proof)
        assert wrong == proof or not is_included(leaf, index, size, wrong, root)
        other = draw.randrange(size)
        assert other == index or not is_included(leaf, other, size, proof, root)
        assert not is_included(leaf_hash(b"another"), index, size, proof, root)
        assert not is_included(leaf, index, size, proof, draw.randbytes(32))
        old = draw.randrange(1, size + 1)
        before, path = tree.root(old), tree.consistency(old, size)
        wrong = changed(draw, path)
        assert wrong == path or not is_consistent(old, size, before, root, wrong)
        assert not is_consistent(old, size, draw.randbytes(32), root, path)
        assert not is_consistent(old, size, before, draw.randbytes(32), path)


def test_an_entry_that_was_rewritten_is_no_beginning_of_what_follows():
    for at in range(40):
        rewritten = Tree([*ENTRIES[:at], b"rewritten", *ENTRIES[at + 1 :]])
        assert rewritten.root() != Tree(ENTRIES).root()
        proof = rewritten.consistency(40, 70)
        assert not is_consistent(40, 70, Tree(ENTRIES).root(40), rewritten.root(), proof)


@pytest.mark.parametrize("ask", [
    lambda tree: tree.root(71), lambda tree: tree.root(-1), lambda tree: tree.inclusion(5, 5),
    lambda tree: tree.inclusion(-1, 5), lambda tree: tree.inclusion(0, 71),
    lambda tree: tree.consistency(0, 5), lambda tree: tree.consistency(6, 5),
    lambda tree: tree.consistency(5, 71),
])  # fmt: skip
def test_what_the_log_has_not_is_refused(ask):
    with pytest.raises(ValueError, match=r"\d"):
        ask(Tree(ENTRIES))


def test_numbers_that_cannot_be_prove_nothing():
    leaf = leaf_hash(ENTRIES[0])
    assert not is_included(leaf, -1, 1, [], leaf)
    assert not is_included(leaf, 1, 1, [], leaf)
    assert not is_consistent(2, 1, leaf, leaf, [])
    assert not is_consistent(-1, 1, leaf, leaf, [])
    assert not is_consistent(2, 3, leaf, leaf, [])
    assert is_included(leaf, 0, 1, [], leaf)
