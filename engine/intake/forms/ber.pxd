"""Elements of BER (X.690, section 8), walked with bounds and without recursion."""
from libc.stdint cimport int32_t, int64_t, uint8_t

cdef enum:
    CLASS_SHIFT = 28                    # a tag is class << 28 | number
    TAG_BYTES_MAX = 4                   # of a number from 31 on: seven bits each, 28 in all
    LENGTH_BYTES_MAX = 8
    DEPTH_MAX = 32                      # elements open at once; TAP needs 9
    FRAMES_MAX = 33                     # those, and the list that holds the record
    RECORD_BYTES_MAX = 1_048_576        # longer ones are refused
    ELEMENTS_MAX = 65_536               # of one record
    PARTS_MAX = 4_096                   # of one record
    TEXT_BYTES_MAX = 256                # of one field that is read; a longer one is unreadable
    TEXT_ROOM = 513                     # two characters an octet, and a sign
    UNENDED = -1                        # length of an element that ends by 00 00

cdef enum Fault:                        # why bytes are no element; FAULTS has the words
    SOUND = 0
    CUT = 1                             # the bytes end before the element does
    BAD_TAG = 2
    BAD_LENGTH = 3
    BAD_END = 4                         # 00 00 where nothing is open
    TOO_DEEP = 5
    TOO_MANY = 6
    TOO_LONG = 7
    BAD_FORM = 8                        # a field where a group must be, or the other way round

cdef enum Kind:                         # how a field's bytes become text
    GROUP = 0                           # no field: it holds others
    TEXT = 1                            # ASCII
    DIGITS = 2                          # BCD, the first digit in the high half; f fills
    SWAPPED = 3                         # TBCD, the first digit in the low half; f fills
    ADDRESS = 4                         # an octet of nature and plan, then TBCD; + if international
    INTEGER = 5                         # two's complement
    HEX = 6

cdef struct Head:
    int64_t tag
    int64_t content                     # where what it holds begins
    int64_t length                      # of that, in bytes; or UNENDED
    bint is_group                       # constructed

# All of these read data[at:end] only; 0 <= at <= end <= its length.
cdef int read_head(const uint8_t[::1] data, int64_t at, int64_t end, Head* head) except -1
cdef int find_end(const uint8_t[::1] data, int64_t at, int64_t end, int64_t* after) except -1

cdef class Walker:
    cdef readonly tuple columns, part_columns
    cdef int64_t[::1] child_tag         # children of a node lie side by side
    cdef int32_t[::1] child_node, child_first, node_kind, node_column
    cdef uint8_t[::1] node_is_part      # 1 + which part; 0: none
    cdef list values, part_values       # a list of texts a column
    cdef list current                   # the record at hand
    cdef list record_tags, places, offsets, lengths, broken
    cdef list part_records, part_kinds
    cdef int32_t child_of(self, int32_t node, int64_t tag) noexcept
    cdef int read_record(self, const uint8_t[::1] data, int64_t at, int64_t end) except -1
    cdef int begin_part(self, int which) except -1
    cdef int set_field(
        self, int32_t node, const uint8_t[::1] data, int64_t at, int64_t length) except -1
    cdef int undo_parts(self, Py_ssize_t count) except -1
