"""The pass over one bucket: limits, statuses, and what it holds while it runs."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from doisoat.engine.arrow cimport ArrowArray
from doisoat.engine.cover cimport Pieces
from doisoat.engine.owner cimport Counters, OpenPack, Owner, Session, Source, Subscription
from doisoat.engine.program cimport LoadedProgram, Measure, Table, Trait, Traits
from doisoat.engine.totals cimport Column, Totals

cdef enum:
    CANDIDATES_MAX = 64      # sources that one event may draw; more is refused
    WINDOWS_MAX = 16         # windows in time that they need
    LINES_MAX = 64           # relief lines of one event
    PORT_FILTER = 1 << 16    # bytes, a hash each

cdef enum:            # of an event; 1.. are reasons of suspense
    RATED
    NO_SUBSCRIPTION
    NO_TARIFF
    BEYOND_LIMIT

cdef enum:                   # Nature
    DISCOUNT
    IN_KIND
    CONTRIBUTED
    FORBORNE

cdef enum:                   # StateItem
    STATE_PACK
    STATE_SOURCE
    STATE_TRIGGER
    STATE_SESSION

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
    uint64_t event_hi, event_lo
    uint64_t lists           # measures that name a list its host stands on
    int64_t start_ms, units, duration_ms, charged
    int64_t begin, end       # its piece of the session's billed timeline
    int64_t raw_end          # place after its last raw unit
    int64_t timeline_ms      # when place 0 of the timeline was
    int64_t list_value, payable, bundled, billed
    int64_t refused          # units left uncovered past a stop or a throttle
    int64_t chained          # the last charge of the chain, from which cuts go on
    int32_t kind, destination, after, has_charged
    int32_t fee_due          # the connect fee of the session is not yet paid
    int32_t candidates_count, reliefs_count, windows_count, lines_count
    Candidate candidates[CANDIDATES_MAX]
    ReliefLine lines[LINES_MAX]

cdef struct Port:
    uint64_t hi, lo
    int64_t from_ms, until_ms, carrier

cdef class Ints:             # a small Arrow stream of 64-bit columns, copied row by row
    cdef int64_t* data
    cdef readonly int64_t rows, width
    cdef int copy(self, const ArrowArray* batch, int64_t child, int64_t column) except -1

cdef class BucketPass:
    cdef LoadedProgram program
    cdef int64_t from_ms, until_ms, coarse_ms
    cdef int32_t only_carrier
    cdef bint keeps_events   # digests and lines are wanted; else totals alone
    cdef bint keeps_rated    # a row for every event is wanted too
    cdef uint64_t grain      # which parts of the key totals are kept by
    # master data of the bucket, ordered by owner
    cdef Subscription* subscriptions
    cdef int64_t subscriptions_count, subscription_at, rows_first, rows_count, row_at
    cdef Ints opening
    cdef int64_t opening_at
    cdef Port* ports
    cdef int64_t ports_count
    cdef uint8_t* port_filter
    # the owner at hand
    cdef Owner* owner
    cdef bint in_owner
    cdef int64_t last_second, last_rank, last_start
    cdef uint64_t last_hi, last_lo
    # the event at hand
    cdef Event* event
    cdef Pieces* windows     # WINDOWS_MAX of them
    cdef Pieces* taken       # one a candidate
    # outputs
    cdef Totals totals, relief_totals
    cdef Column line_event_hi, line_event_lo, line_owner_hi, line_owner_lo, line_carrier
    cdef Column line_measure, line_nature, line_units, line_amount, line_start
    cdef Column suspended_event_hi, suspended_event_lo, suspended_owner_hi, suspended_owner_lo
    cdef Column suspended_carrier, suspended_status, suspended_start
    cdef Column refund_event_hi, refund_event_lo, refund_owner_hi, refund_owner_lo, refund_carrier
    cdef Column refund_start, refund_charged, refund_list, refund_payable
    cdef list closing_columns
    cdef Column rated_event_hi, rated_event_lo, rated_status, rated_destination, rated_billed
    cdef Column rated_bundled, rated_list, rated_payable, rated_past_stop, rated_throttled
    cdef uint8_t* stream     # of the shards' digests
    cdef int64_t stream_length, stream_room
    cdef Column shard_ids, shard_offsets
    cdef Counters counters
    cdef int64_t events, rated, suspended
    cdef int64_t ordinal     # of the event in the whole store, from 1
    cdef uint64_t list_sum[2]
    cdef uint64_t payable_sum[2]   # 128-bit sums of ordinal × amount, low word first
    cdef int fill_subscriptions(self, Ints given) except -1
    cdef int fill_ports(self, Ints given) except -1
    cdef int make_columns(self) except -1
    cdef int advance_to(self, uint64_t hi, uint64_t lo, bint last) except -1 nogil
    cdef int begin_owner(self, uint64_t hi, uint64_t lo) except -1 nogil
    cdef int restore(self, const int64_t* row) except -1 nogil
    cdef int end_owner(self) except -1 nogil
    cdef int close_owner(self) except -1 nogil
    cdef int keep(
        self, int64_t item, int64_t type, int64_t pack, int64_t volume, int64_t measure,
        int64_t from_ms, int64_t until_ms, int64_t given, int64_t left, int64_t price,
        int64_t paid, int64_t day, uint64_t key_hi, uint64_t key_lo) except -1 nogil
    cdef const Subscription* subscription_at_start(self, int64_t at_ms) noexcept nogil
    cdef int32_t destination_of(
        self, const Trait* trait, Traits traits, int64_t at_ms, uint64_t other_hi,
        uint64_t other_lo) noexcept nogil
    cdef const Table* table_of(
        self, int32_t plan, int32_t kind, int32_t destination, int64_t at_ms) noexcept nogil
    cdef const Table* after_packs(
        self, int32_t kind, int64_t at_ms, const Table* table) noexcept nogil
    cdef bint sooner(self, const OpenPack* a, const OpenPack* b) noexcept nogil
    cdef uint64_t in_force(
        self, uint64_t mask, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil
    cdef bint place_holds(
        self, const Measure* m, int64_t at_ms, int32_t home, int32_t serving) noexcept nogil
    cdef int window_of(
        self, const Measure* m, int64_t from_ms, int64_t until_ms,
        int32_t locality) except -1 nogil
    cdef int add_clipped(self, Pieces* out, int64_t begin, int64_t end) except -1 nogil
    cdef int add_candidate(
        self, int64_t capacity, int32_t source, int32_t measure, int32_t raw,
        int32_t window) except -1 nogil
    cdef bint splits(self, const Measure* m) noexcept nogil
    cdef int find_candidates(
        self, const Trait* trait, const Subscription* person, uint64_t scope,
        const Table* table) except -1 nogil
    cdef int64_t take_for(
        self, const Candidate* c, Pieces* uncovered, Pieces* taken) except -1 nogil
    cdef int64_t charge_of(
        self, const Table* table, const Pieces* uncovered, bint* fee) except -1 nogil
    cdef int64_t link_of(
        self, const Table* table, int32_t reliefs, int64_t* uncovered_units) except -1 nogil
    cdef int add_line(
        self, int32_t measure, int32_t nature, int64_t units,
        int64_t amount) except -1 nogil
    cdef int64_t value_in_kind(
        self, const Measure* m, const Source* s, const Pieces* taken, int64_t units,
        const Table* table) except -1 nogil
    cdef int cover(self, const Table* table, Session* session) except -1 nogil
    cdef void count_refused(self, int64_t left) noexcept nogil
    cdef bint covers_a_prefix(self, const Table* table) noexcept nogil
    cdef int64_t prefix_charge(
        self, const Table* table, int64_t covered, int64_t coverable,
        bint* fee) noexcept nogil
    cdef int cover_prefix(self, const Table* table, Session* session) except -1 nogil
    cdef int64_t cut_to(
        self, const Measure* m, int64_t left, int64_t list_value, int32_t pack,
        int32_t rounding) noexcept nogil
    cdef int cut_lines(self, uint64_t eligible, int32_t pack, int32_t rounding) except -1 nogil
    cdef int64_t after_cuts(
        self, uint64_t eligible, int64_t charge, int32_t pack,
        int32_t rounding) noexcept nogil
    cdef int rate_usage(
        self, const Trait* trait, const Subscription* person, uint64_t scope,
        uint64_t session_hi, uint64_t session_lo, int32_t partial) except -1 nogil
    cdef int ask_for_grants(self, const Subscription* person) except -1 nogil
    cdef int rate_pack(
        self, const Trait* trait, const Subscription* person,
        uint64_t scope) except -1 nogil
    cdef int rate_fee(
        self, const Trait* trait, const Subscription* person,
        uint64_t scope) except -1 nogil
    cdef int contribute(self, uint64_t scope) except -1 nogil
    cdef int process(
        self, const Trait* trait, Traits traits, uint64_t other_hi, uint64_t other_lo,
        uint64_t session_hi, uint64_t session_lo, int32_t partial) except -1 nogil
    cdef int write_rated(self, int32_t status) except -1 nogil
    cdef int refuse_identity(self, int64_t discount) except -1 nogil
    cdef int suspend(self, const Trait* trait, int32_t status) except -1 nogil
    cdef int find_refund(self, const Trait* trait) except -1 nogil
    cdef uint64_t key_of(self, const Trait* trait, const Subscription* person) noexcept nogil
    cdef int64_t sum_lines(self, const Trait* trait, const Subscription* person) except -1 nogil
    cdef int add_total(
        self, const Trait* trait, const Subscription* person,
        int64_t discount) except -1 nogil
    cdef int write_stream(self, int32_t status) except -1 nogil
    cdef int rate_batch(
        self, const ArrowArray* batch, const int64_t* at, Traits traits) except -1 nogil
    cdef bint follows(
        self, int64_t second, int64_t rank, uint64_t event_hi, uint64_t event_lo,
        bint with_events) noexcept nogil
    cdef int refuse_order(self) except -1 nogil
    cdef int begin_shard(self, int64_t shard) except -1 nogil
