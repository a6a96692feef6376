"""The state of one balance owner at one carrier while its bucket runs: packs, sources, triggers,
sessions.

Times are civil ms, units those of the kind, money minor units. State belongs to one owner and lives
only between its first and its last event; what is left at the end is its closing state.
"""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.kernel.limits cimport MEASURES_MAX, PACKS_MAX, PENDING_MAX, SOURCES_MAX
from doisoat.engine.kernel.validity cimport cycle_at
from doisoat.engine.kernel.program cimport (
    AFTER_RULES, MS_PER_DAY, PER_DAY, USAGE_KINDS, LoadedProgram,
)

cdef enum:
    NO_DAY = -1
    COARSE_MS = 1_000        # the coarsest unit of the sources' starts: order is by it first
    BONUS_SEQUENCE = 65_536  # a pack's bonuses come after its own volumes

cdef enum:                   # SourceType
    FROM_GRANT = 1
    FROM_VOLUME = 2          # bundled
    FROM_BONUS = 3
    FROM_MONEY = 4           # granted; it pays last
    SOURCE_TYPES

cdef enum:      # at one moment: what ends comes before what begins
    BONUS_BEGINS, GRANT_BEGINS

cdef struct Source:          # what each event looks at comes first: one cache line
    int64_t left, expiry_ms
    uint64_t destinations
    int64_t quota            # > 0: whole again with each day or cycle
    int64_t day              # the number of the day or cycle that `left` of a quota is of
    int32_t kind, hours, type, raw
    int32_t measure          # entry, -1 for a volume
    int64_t given, from_ms
    int64_t price, paid      # of the pack it extends, for pack averages
    uint64_t event_hi, event_lo
    int64_t given_ms         # when it was given: a bonus may come after its pack
    int32_t drawn            # its class; and what follows it in the order of consumption:
    int32_t rank, tie, sequence, precedence
    int32_t id               # index of the measure's id
    int32_t pack, volume     # pack: index; volume: place in the pack's version
    int32_t version, per     # version: of the pack; per: of a quota, a VolumesPer
    int32_t calls            # a Calls, and its length in ms
    int64_t under

cdef struct OpenPack:
    int64_t bought_ms, expiry_ms, price, paid
    uint64_t event_hi, event_lo
    int32_t pack, version    # index into packs of the program
    int32_t suspended        # by a failed renewal: nothing is drawn from it

cdef struct Session:
    uint64_t hi, lo
    int64_t raw, start_ms
    int64_t fee_paid

cdef struct Subscription:
    uint64_t hi, lo, mask    # mask: measures whose carrier, plan, segment and payment it meets
    uint64_t member_hi, member_lo   # whose it is, of an account with terms by member; else 0
    int64_t from_ms, until_ms
    int32_t carrier, plan, segment, payment, locality
    int32_t terms            # 0: the owner's rows follow one another; else alike rows have the same

cdef inline bint holds_at(const Subscription* s, int64_t at_ms) noexcept nogil:
    return s.from_ms <= at_ms < s.until_ms

cdef struct Span:            # [from_ms, until_ms)
    int64_t from_ms, until_ms

cdef struct Pending:
    int64_t at_ms
    int32_t phase, measure

cdef struct Owner:           # at one carrier: what another one sold or gave is another Owner's
    uint64_t hi, lo
    int64_t rows_first, rows_count, row_at   # its subscriptions; the last one that held
    int32_t carrier          # -1: none of the catalogue
    int32_t by_member        # its members have terms of their own
    int64_t stamps[USAGE_KINDS]   # another one whenever what the kind may draw comes, goes, ends
    int64_t next_ms          # when the next pending beginning is due; 2**62: none
    int32_t sources_count, packs_count, pending_count, pending_next
    uint64_t triggered       # measures that gave, bit by entry
    int64_t last_given_ms[MEASURES_MAX]
    int64_t spent[MEASURES_MAX]   # of caps, minor units
    int64_t period           # that they are of: how many later ones had begun
    int64_t sessions_count, sessions_room
    Session* sessions
    int64_t spans_count, spans_room
    Span* spans              # in which a measure at hand is met
    int64_t lapsed_count, lapsed_room
    Source* lapsed           # money that lapsed: the closing state tells it
    Source sources[SOURCES_MAX + 1]   # after the last one: where a new one is written
    OpenPack packs[PACKS_MAX]
    Pending pending[PENDING_MAX]

cdef inline int64_t quota_number(
        LoadedProgram program, const Source* s, int64_t at_ms) noexcept nogil:
    """The number of the day or cycle of a quota that a moment lies in."""
    if s.per == PER_DAY:
        return at_ms // MS_PER_DAY
    return cycle_at(&program.packs[s.version], s.from_ms, at_ms)

cdef struct Counters:        # of sources by type: how many were given, how many ran out
    int64_t given[SOURCE_TYPES]
    int64_t exhausted[SOURCE_TYPES]
    int64_t refused_units[AFTER_RULES]   # by the rule, an After, that refused them
    int64_t refused_events[AFTER_RULES]

cdef inline void draw_from(Source* s, Counters* counters, int64_t units) noexcept nogil:
    """Draw what a source has left, or a part of it."""
    s.left -= units
    counters.exhausted[s.type] += s.left == 0

cdef struct Effort:          # how often the pass did what it does as seldom as it can
    int64_t quick            # an event went the quick way; it costs least
    int64_t general          # it went the general way
    int64_t covered          # it was covered piece by piece
    int64_t relieved         # relief drew by the short way
    int64_t fitted, filled   # a slot
    int64_t looked_through   # what an owner holds for a kind
    int64_t laws             # one was found
    int64_t searched         # the owner's subscriptions

cdef inline bint id_before(
        uint64_t a_hi, uint64_t a_lo, uint64_t b_hi, uint64_t b_lo) noexcept nogil:
    return a_hi < b_hi or a_hi == b_hi and a_lo < b_lo

cdef bint under_order(
    LoadedProgram program, int32_t place_set, int32_t locality, int64_t at_ms) noexcept nogil
cdef Source* source_of_pack(
    Owner* owner, LoadedProgram program, const OpenPack* pack, int32_t volume) noexcept nogil
cdef int64_t own_units(LoadedProgram program, const Source* source) noexcept nogil
cdef inline void stamp_all(Owner* owner) noexcept nogil:
    cdef int32_t kind
    for kind in range(USAGE_KINDS):
        owner.stamps[kind] += 1

cdef inline void stamp(Owner* owner, int32_t kind) noexcept nogil:
    if kind < USAGE_KINDS:
        owner.stamps[kind] += 1
    else:  # KIND_ANY
        stamp_all(owner)

cdef int add_source(Owner* owner) except -1 nogil
cdef OpenPack* add_pack(
    Owner* owner, LoadedProgram program, int32_t version, const OpenPack* given) except NULL nogil
cdef int open_volumes(
    Owner* owner, LoadedProgram program, const OpenPack* pack, Counters* counters) except -1 nogil
cdef int give_bonus(
    Owner* owner, LoadedProgram program, const OpenPack* pack, int32_t measure, int64_t at_ms,
    bint in_use, Counters* counters) except -1 nogil
cdef int give_grant(
    Owner* owner, LoadedProgram program, int32_t measure, int64_t at_ms,
    Counters* counters) except -1 nogil
cdef int add_grant(
    Owner* owner, LoadedProgram program, int32_t measure, int64_t given_ms, int64_t expiry_ms,
    int64_t given, int64_t left) except -1 nogil
cdef int plan_beginnings(
    Owner* owner, LoadedProgram program, uint64_t measures, const Subscription* rows,
    int64_t count, int64_t from_ms, int64_t until_ms) except -1 nogil
cdef int begin_until(
    Owner* owner, LoadedProgram program, int64_t until_ms, Counters* counters) except -1 nogil
# What ends at or before a moment; an event of the same second may be earlier than what ends it.
cdef int drop_sources(Owner* owner, int64_t at_ms) except -1 nogil
cdef void drop_packs(Owner* owner, int64_t at_ms) noexcept nogil
cdef Session* find_session(Owner* owner, uint64_t hi, uint64_t lo) noexcept nogil
cdef Session* session_of(Owner* owner, uint64_t hi, uint64_t lo, int64_t start_ms) except NULL nogil
