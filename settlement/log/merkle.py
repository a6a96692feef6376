"""The Merkle tree over the entries of an append-only log (RFC 6962, section 2.1).

A leaf is hashed as SHA-256(00 ‖ entry), a node as SHA-256(01 ‖ left ‖ right), so that neither can
be taken for the other. Proofs are lists of digests, from the leaf's side upwards, in the RFC's
order; whoever verifies one needs neither the log nor this tree.
"""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()  # the root of a log without entries


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over entries so far, and over each number of them before.

    `levels[k]` holds the digests of the whole subtrees of 2^k entries, so a root or a proof takes
    as many steps as the tree is high.
    """

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self.levels: list[list[bytes]] = [[]]
        for entry in entries:
            self.append(entry)

    def append(self, entry: bytes) -> None:
        self.append_leaf(leaf_hash(entry))

    def append_leaf(self, digest: bytes) -> None:
        """Append an entry of which only the digest is known. Args: digest: its `leaf_hash`."""
        level = 0
        self.levels[0].append(digest)
        while len(self.levels[level]) % 2 == 0:
            left, right = self.levels[level][-2:]
            level += 1
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(node_hash(left, right))

    def __len__(self) -> int:
        return len(self.levels[0])

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` entries, all of them unless said."""
        size = self._checked(len(self) if size is None else size)
        return self._of(0, size) if size else EMPTY

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that entry `index` (from 0) is among the first `size` (RFC 6962, 2.1.1)."""
        if not 0 <= index < self._checked(size):
            raise ValueError(f"no entry {index} among {size}")
        path, first, after = [], 0, size
        while after - first > 1:
            middle = first + _split(after - first)
            if index < middle:
                path.append(self._of(middle, after))
                after = middle
            else:
                path.append(self._of(first, middle))
                first = middle
        return path[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `old` entries are those of the first `new` (RFC 6962, 2.1.2)."""
        if not 0 < old <= self._checked(new):
            raise ValueError(f"{old} entries are no beginning of {new}")
        path, first, after, is_whole = [], 0, new, True
        while after != old:
            middle = first + _split(after - first)
            if old <= middle:
                path.append(self._of(middle, after))
                after = middle
            else:
                path.append(self._of(first, middle))
                first, is_whole = middle, False
        return [*([] if is_whole else [self._of(first, old)]), *path[::-1]]

    def _checked(self, size: int) -> int:
        if not 0 <= size <= len(self):
            raise ValueError(f"the log has {len(self)} entries, not {size}")
        return size

    def _of(self, first: int, after: int) -> bytes:
        """The root over entries [first, after), which begin at a multiple of their split."""
        count = after - first
        level = count.bit_length() - 1
        if count == 1 << level:
            return self.levels[level][first >> level]
        middle = first + _split(count)
        return node_hash(self._of(first, middle), self._of(middle, after))


def _split(count: int) -> int:
    """The largest power of two below a count above 1."""
    return 1 << ((count - 1).bit_length() - 1)


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Is the entry of this leaf hash number `index` of `size` under this root?

    RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    node, last, digest = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node % 2 or node == last:
            digest = node_hash(step, digest)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            digest = node_hash(digest, step)
        node, last = node >> 1, last >> 1
    return last == 0 and digest == root


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Is the log of `old` entries under one root the beginning of that of `new` under the other?

    RFC 9162, section 2.1.4.2. A log without entries is the beginning of every log.
    """
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, step)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
