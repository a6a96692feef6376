"""The event at hand, as the pass keeps it: its structs."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.limits cimport CANDIDATES_MAX, LINES_MAX

cdef enum:                   # status of an event; 1.. are reasons of suspense
    RATED
    NO_SUBSCRIPTION
    NO_TARIFF
    BEYOND_LIMIT
    CONFLICTING              # another copy of the event says otherwise

cdef enum:                   # nature of a line
    DISCOUNT
    IN_KIND
    CONTRIBUTED
    FORBORNE

cdef struct Candidate:
    int64_t capacity         # units it may give
    int32_t source           # place among the owner's sources; -1: zero-rating, without limit
    int32_t measure          # entry; -1: a bundled volume
    int32_t raw              # counts raw
    int32_t window           # place among the event's windows; 0: all of it

cdef struct ReliefLine:
    int64_t units, amount
    int32_t measure, nature  # measure: index of its id

cdef struct Event:           # what the pass knows of the event at hand
    uint64_t event_hi, event_lo      # 0 and its place among the rows where ids are not read
    uint64_t other_hi, other_lo      # the other party, where a port may matter
    uint64_t session_hi, session_lo  # of a partial record
    uint64_t member_hi, member_lo    # who used it, where an owner's members have terms of their own
    int32_t partial
    uint64_t lists           # measures that name a list its host stands on
    int64_t start_ms, units, charged
    const int64_t* duration_ms       # NULL where no measure asks for it
    int64_t begin, end       # its piece of the session's billed timeline
    int64_t raw_end          # place after its last raw unit
    int64_t raw_length       # raw units of the session so far, its own among them
    int64_t timeline_ms      # when place 0 of the timeline was
    int64_t list_value, payable, bundled, billed
    int64_t refused          # units left uncovered past a stop or a throttle
    int64_t chained          # the last charge of the chain, from which cuts go on
    int32_t kind, destination, after, has_charged
    int32_t province                 # served there
    int32_t whole            # no part of a session: `restart` may hold
    int32_t fee_due          # the connect fee of the session is not yet paid
    int32_t candidates_count, windows_count, lines_count
    Candidate candidates[CANDIDATES_MAX]
    ReliefLine lines[LINES_MAX]
