"""A walker of BER elements: which fields of which records are wanted is a table, not code.

Definite and indefinite lengths, tags of several octets; strings in segments are no form that call
records use, and count as BAD_FORM. Each read is inside bounds that its element was found to have.
"""
from array import array
from typing import NamedTuple

from doisoat.messages.text import message, message_in

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

UNREADABLE = "�"  # What no pattern of a field takes.
KINDS = {
    "text": TEXT, "digits": DIGITS, "swapped": SWAPPED, "address": ADDRESS, "integer": INTEGER,
    "hex": HEX,
}
FAULTS = (
    message_in("a file", "sound"),
    message("it ends in the middle of an element"),
    message("a tag that BER does not have"),
    message("a length that BER does not have"),
    message("an end of contents where nothing is open"),
    message("elements nested more than {most} deep", most=DEPTH_MAX),
    message("more than {most} elements in one record", most=ELEMENTS_MAX),
    message("a record longer than {most} bytes", most=RECORD_BYTES_MAX),
    message("a field where a group must be, or a group where a field must be"),
)
MORE, DONE, FULL = -1, -2, -3
RECORD_BYTES = RECORD_BYTES_MAX
cdef str EMPTY = ""
cdef bytes TBCD = b"0123456789*#abc"
cdef bytes BCD = b"0123456789abcde"
cdef bytes HEX_DIGITS = b"0123456789abcdef"


class Found(NamedTuple):
    """The head of one element."""

    tag: int
    is_group: bool
    content: int
    length: int


class Batch(NamedTuple):
    """Consecutive records; a place counts from 0 over good and broken ones.

    Good ones have tag, offset, length and columns; broken ones are (place, offset, length). Parts
    have the place of their record, which of the walker's parts they are, and columns.
    """

    tags: list
    places: list
    offsets: list
    lengths: list
    columns: dict
    part_records: list
    part_kinds: list
    part_columns: dict
    broken: list


cdef int read_head(const uint8_t[::1] data, int64_t at, int64_t end, Head* head) except -1:
    """The head of the element at `at`: SOUND, or why it is none."""
    cdef int64_t number, length
    cdef int octets, _octets
    cdef uint8_t octet
    if at >= end:
        return CUT
    octet = data[at]
    at += 1
    head.is_group = (octet & 0x20) != 0
    head.tag = <int64_t>(octet >> 6) << CLASS_SHIFT
    number = octet & 0x1F
    if number == 0x1F:
        number = 0
        for octets in range(TAG_BYTES_MAX + 1):
            if octets == TAG_BYTES_MAX:
                return BAD_TAG
            if at >= end:
                return CUT
            octet = data[at]
            at += 1
            number = number << 7 | (octet & 0x7F)
            if number == 0:
                return BAD_TAG
            if not octet & 0x80:
                break
        if number < 0x1F:
            return BAD_TAG
    head.tag |= number
    if at >= end:
        return CUT
    octet = data[at]
    at += 1
    if octet < 0x80:
        length = octet
    elif octet == 0x80:
        if not head.is_group:
            return BAD_LENGTH
        length = UNENDED
    else:
        if (octet & 0x7F) > LENGTH_BYTES_MAX:
            return BAD_LENGTH
        length = 0
        for _octets in range(octet & 0x7F):
            if at >= end:
                return CUT
            if length >> 48:
                return BAD_LENGTH
            length = length << 8 | data[at]
            at += 1
    head.content, head.length = at, length
    return SOUND


cdef int find_end(const uint8_t[::1] data, int64_t at, int64_t end, int64_t* after) except -1:
    """Where the element at `at` ends: SOUND, or why that cannot be told."""
    cdef Head head
    cdef int fault
    cdef int64_t depth = 0, elements = 0
    while True:
        if depth and at + 2 <= end and data[at] == 0 and data[at + 1] == 0:
            at += 2
            depth -= 1
        else:
            fault = read_head(data, at, end, &head)
            if fault != SOUND:
                return fault
            if head.tag == 0:
                return BAD_END
            elements += 1
            if elements > ELEMENTS_MAX:
                return TOO_MANY
            if head.length == UNENDED:
                depth += 1
                if depth > DEPTH_MAX:
                    return TOO_DEEP
                at = head.content
                continue
            if head.length > end - head.content:
                return CUT
            at = head.content + head.length
        if depth == 0:
            after[0] = at
            return SOUND


def head_at(const uint8_t[::1] data, int64_t at):
    """(0, the head of the element at `at`), or (an index into FAULTS, nothing of meaning)."""
    cdef Head head
    head.tag = head.is_group = head.content = head.length = 0
    if at < 0:
        raise ValueError("a place before the first octet")
    cdef int fault = read_head(data, at, data.shape[0], &head)
    return fault, Found(head.tag, head.is_group, head.content, head.length)


def end_at(const uint8_t[::1] data, int64_t at):
    """(0, where the element at `at` ends), or (an index into FAULTS, at)."""
    cdef int64_t after = at
    if at < 0:
        raise ValueError("a place before the first octet")
    cdef int fault = find_end(data, at, data.shape[0], &after)
    return fault, after


cdef class Walker:
    """Reads records by a table of fields, each a path of tags from the record's own.

    A part is a group of which a record may have many: its fields go to a table of their own.
    """

    def __init__(self, fields, parts=()):
        """fields: (path, column, kind) each, kind one of KINDS; parts: paths of groups."""
        cdef list kids = [{}], kinds = [GROUP], columns = [-1], is_part = [0]
        names, part_names = [], []

        def node_of(path):
            node = 0
            for tag in path:
                if kinds[node] != GROUP:
                    raise ValueError(f"a field inside a field: {path}")
                if tag not in kids[node]:
                    kids[node][tag] = len(kids)
                    kids.append({})
                    kinds.append(GROUP)
                    columns.append(-1)
                    is_part.append(0)
                node = kids[node][tag]
            return node

        for at, path in enumerate(parts):
            is_part[node_of(path)] = at + 1
        for path, name, kind in fields:
            inside = any(path[: len(part)] == part for part in parts)
            known = part_names if inside else names
            if name not in known:
                known.append(name)
            node = node_of(path)
            if kinds[node] != GROUP or kids[node] or is_part[node]:
                raise ValueError(f"two things at one path: {path}")
            kinds[node] = KINDS[kind]
            # A part's column n is known by -2 - n.
            columns[node] = -2 - known.index(name) if inside else known.index(name)
        self.columns, self.part_columns = tuple(names), tuple(part_names)
        firsts, tags, nodes = [0], [], []
        for children in kids:
            tags += children
            nodes += children.values()
            firsts.append(len(tags))
        self.child_first = array("i", firsts)
        self.child_tag = array("q", tags or [0])
        self.child_node = array("i", nodes or [0])
        self.node_kind, self.node_column = array("i", kinds), array("i", columns)
        self.node_is_part = array("B", is_part)
        self.clear()

    @property
    def held(self):
        """How many records were read since the last `take`, broken ones too."""
        return len(self.places) + len(self.broken)

    def clear(self):
        """Forget the records that were read."""
        self.values = [[] for _ in self.columns]
        self.part_values = [[] for _ in self.part_columns]
        self.record_tags, self.places, self.offsets, self.lengths = [], [], [], []
        self.part_records, self.part_kinds, self.broken = [], [], []

    def take(self):
        """The records that were read since the last time, as a Batch."""
        batch = Batch(
            self.record_tags, self.places, self.offsets, self.lengths,
            dict(zip(self.columns, self.values, strict=True)), self.part_records, self.part_kinds,
            dict(zip(self.part_columns, self.part_values, strict=True)), self.broken)
        self.clear()
        return batch

    def read(self, const uint8_t[::1] data, int64_t at, int64_t until, int64_t base, int64_t most):
        """Read records from data[at] on; the next `take` has them.

        Args: until: where their list ends, an index that may lie beyond data; -1: at 00 00.
            base: what to add to an index to have its place in the file. most: how many at most.
        Returns: (how it went, where it stopped): DONE, FULL, MORE (the next record is not wholly
            in data), or an index into FAULTS: the list cannot be followed from there on.
        """
        cdef Head head
        cdef int fault
        cdef int64_t after = at, size = data.shape[0], count = 0
        if at < 0 or (until >= 0 and until < at):
            raise ValueError("the list ends before it begins")
        while True:
            if until < 0:
                if at + 2 <= size and data[at] == 0 and data[at + 1] == 0:
                    return DONE, at + 2
            elif at == until:
                return DONE, at
            if count == most:
                return FULL, at
            fault = read_head(data, at, size if until < 0 else min(size, until), &head)
            if fault == CUT:
                return (MORE if until < 0 or size < until else CUT), at
            if fault != SOUND:
                return fault, at
            if head.tag == 0:
                return BAD_END, at
            if head.length == UNENDED:
                fault = find_end(data, at, size if until < 0 else min(size, until), &after)
                if fault == CUT:
                    if size - at > RECORD_BYTES_MAX:
                        return TOO_LONG, at
                    return (MORE if until < 0 or size < until else CUT), at
                if fault != SOUND:
                    return fault, at
            else:
                after = head.content + head.length
                if until >= 0 and after > until:
                    return CUT, at
            if after - at > RECORD_BYTES_MAX:
                return TOO_LONG, at
            if after > size:
                return MORE, at
            if self.read_record(data, at, after) == SOUND:
                self.record_tags.append(head.tag)
                self.places.append(len(self.places) + len(self.broken))
                self.offsets.append(base + at)
                self.lengths.append(after - at)
            else:
                place = len(self.places) + len(self.broken)
                self.broken.append((place, base + at, after - at))
            count += 1
            at = after

    cdef int32_t child_of(self, int32_t node, int64_t tag) noexcept:
        cdef int32_t at
        if node < 0:
            return -1
        for at in range(self.child_first[node], self.child_first[node + 1]):
            if self.child_tag[at] == tag:
                return self.child_node[at]
        return -1

    cdef int read_record(self, const uint8_t[::1] data, int64_t at, int64_t end) except -1:
        """One whole element with all that it holds; nothing of it is kept unless it is SOUND."""
        cdef Head head
        cdef int64_t[FRAMES_MAX] bound
        cdef int32_t[FRAMES_MAX] node
        cdef bint[FRAMES_MAX] is_unended
        cdef int depth = 0, fault = SOUND
        cdef int32_t child
        cdef int64_t elements = 0
        cdef Py_ssize_t parts = len(self.part_records), column
        self.current = [EMPTY] * len(self.columns)
        bound[0], node[0], is_unended[0] = end, 0, False
        while True:
            if is_unended[depth]:
                if at + 2 <= bound[depth] and data[at] == 0 and data[at + 1] == 0:
                    at += 2
                    depth -= 1
                    continue
            elif at == bound[depth]:
                depth -= 1
                if depth < 0:
                    break
                continue
            fault = read_head(data, at, bound[depth], &head)
            if fault != SOUND:
                break
            elements += 1
            child = self.child_of(node[depth], head.tag)
            if head.tag == 0:
                fault = BAD_END
            elif elements > ELEMENTS_MAX:
                fault = TOO_MANY
            elif head.length > bound[depth] - head.content:
                fault = CUT
            elif child >= 0 and (self.node_kind[child] == GROUP) != head.is_group:
                fault = BAD_FORM
            elif head.is_group and depth == DEPTH_MAX:
                fault = TOO_DEEP
            if fault != SOUND:
                break
            at = head.content
            if head.is_group:
                if child >= 0 and self.node_is_part[child]:
                    if len(self.part_records) - parts >= PARTS_MAX:
                        fault = TOO_MANY
                        break
                    self.begin_part(self.node_is_part[child] - 1)
                depth += 1
                node[depth], is_unended[depth] = child, head.length == UNENDED
                bound[depth] = bound[depth - 1] if is_unended[depth] else at + head.length
            else:
                if child >= 0:
                    self.set_field(child, data, at, head.length)
                at += head.length
        if fault != SOUND:
            self.undo_parts(parts)
            return fault
        for column in range(len(self.columns)):
            (<list>self.values[column]).append(self.current[column])
        return SOUND

    cdef int begin_part(self, int which) except -1:
        cdef list texts
        self.part_kinds.append(which)
        self.part_records.append(len(self.places) + len(self.broken))
        for texts in self.part_values:
            texts.append(EMPTY)
        return 0

    cdef int undo_parts(self, Py_ssize_t count) except -1:
        cdef list texts
        del self.part_records[count:], self.part_kinds[count:]
        for texts in self.part_values:
            del texts[count:]
        return 0

    cdef int set_field(
            self, int32_t node, const uint8_t[::1] data, int64_t at, int64_t length) except -1:
        """Of a field that comes more than once, the first counts."""
        cdef int32_t column = self.node_column[node]
        cdef list texts = self.current
        cdef Py_ssize_t place = column
        if column < -1:
            texts = self.part_values[-2 - column]
            place = len(texts) - 1
        if texts[place] is EMPTY:
            texts[place] = text_of(self.node_kind[node], data, at, length)
        return 0


@cython.overflowcheck(False)  # An integer's octets fill 64 bits; nothing else here is large.
cdef str text_of(int kind, const uint8_t[::1] data, int64_t at, int64_t length):
    """A field's bytes, which lie in bounds, as text; UNREADABLE where they are none."""
    cdef uint8_t[TEXT_ROOM] out
    cdef Py_ssize_t count = 0
    cdef int64_t place = at, end = at + length
    cdef uint64_t bits
    cdef uint8_t octet, first, second
    if length > TEXT_BYTES_MAX or (length == 0 and kind in (INTEGER, ADDRESS)):
        return UNREADABLE
    if kind == INTEGER:
        if length > 8:
            return str(int.from_bytes(bytes(data[at:end]), "big", signed=True))
        bits = ~<uint64_t>0 if data[at] & 0x80 else 0
        for place in range(at, end):
            bits = bits << 8 | data[place]
        return str(<int64_t>bits)
    if kind == TEXT:
        for place in range(at, end):
            octet = data[place]
            if octet < 0x20 or octet > 0x7E:
                return UNREADABLE
            out[count] = octet
            count += 1
    elif kind == HEX:
        for place in range(at, end):
            octet = data[place]
            out[count], out[count + 1] = HEX_DIGITS[octet >> 4], HEX_DIGITS[octet & 15]
            count += 2
    else:
        if kind == ADDRESS:
            if data[at] & 0x70 == 0x10:
                out[0] = 43  # +
                count = 1
            at += 1
        for place in range(at, end):
            octet = data[place]
            first, second = octet >> 4, octet & 15
            if kind != DIGITS:
                first, second = second, first
            if first == 15 or (second == 15 and place + 1 < end):
                return UNREADABLE
            out[count] = BCD[first] if kind == DIGITS else TBCD[first]
            count += 1
            if second != 15:
                out[count] = BCD[second] if kind == DIGITS else TBCD[second]
                count += 1
    return (<char*>out)[:count].decode("ascii")
