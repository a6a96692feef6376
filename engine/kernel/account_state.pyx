"""The life of one balance owner: what begins, what is given, what ends."""
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memmove, memset

from doisoat.engine.kernel.limits cimport PACKS_MAX, PENDING_MAX, SOURCES_MAX
from doisoat.engine.kernel.validity cimport quotas_of, units_at
from doisoat.engine.kernel.program cimport (
    AFTER_PLAN, ALL_HOURS, COUNTS_MONEY, HOME_AT_TRIGGER, IN_USE_AT_RENEWAL, KIND_ANY, MONEY_GRANT,
    IN_USE_PRORATED, IN_USE_REMAINING, IS_BUNDLED, IS_FIRST, IS_LAST, PER_PACK, SHARE_DENOMINATOR,
    USAGE_KINDS, LoadedProgram, Measure, Pack, Range, Volume, lowest_bit,
)

from doisoat.engine.kernel.limit_errors import too_many_held, too_many_in_force

cdef int64_t NEVER = <int64_t>1 << 62


cdef int too_many(const char* what, int64_t most, const char* limit) except -1 nogil:
    with gil:
        place = f"{limit.decode()} of engine/kernel/limits.pxd"
        raise too_many_held(most, what.decode(), place)


cdef bint under_order(
        LoadedProgram program, int32_t place_set, int32_t locality, int64_t at_ms) noexcept nogil:
    cdef Range spans = program.places[place_set * program.localities_count + locality]
    cdef int32_t i
    for i in range(spans.first, spans.first + spans.count):
        if program.spans[i].from_ms <= at_ms < program.spans[i].until_ms:
            return True
    return False


cdef bint comes_before(const Source* a, const Source* b) noexcept nogil:
    if a.drawn != b.drawn:
        return a.drawn < b.drawn
    if a.rank != b.rank:
        return a.rank < b.rank
    if a.expiry_ms != b.expiry_ms:
        return a.expiry_ms < b.expiry_ms
    if a.from_ms != b.from_ms:
        return a.from_ms < b.from_ms
    if a.tie != b.tie:
        return a.tie < b.tie
    if a.event_hi != b.event_hi or a.event_lo != b.event_lo:
        return id_before(a.event_hi, a.event_lo, b.event_hi, b.event_lo)
    if a.sequence != b.sequence:
        return a.sequence < b.sequence
    if a.precedence != b.precedence:
        return a.precedence < b.precedence
    if a.given_ms != b.given_ms:
        return a.given_ms < b.given_ms
    return a.id < b.id


cdef int add_source(Owner* owner) except -1 nogil:
    """Put the source that was written after the last one in its place, once those are gone that had
    ended before. (Written there, it is most often where it belongs: a copy of what was written just
    now would wait for it.)"""
    cdef Source* source = &owner.sources[owner.sources_count]
    cdef Source held
    cdef int32_t at
    drop_sources(owner, source.given_ms - COARSE_MS)
    at = owner.sources_count
    if at == SOURCES_MAX:
        too_many("live sources", SOURCES_MAX, "SOURCES_MAX")
    stamp(owner, source.kind)
    while at and comes_before(source, &owner.sources[at - 1]):
        at -= 1
        stamp(owner, owner.sources[at].kind)
    if source != &owner.sources[at]:
        held = source[0]
        memmove(&owner.sources[at + 1], &owner.sources[at],
                (owner.sources_count - at) * sizeof(Source))
        owner.sources[at] = held
    owner.sources_count += 1
    return 0


cdef int drop_sources(Owner* owner, int64_t at_ms) except -1 nogil:
    cdef int32_t i, kept = 0
    for i in range(owner.sources_count):
        if owner.sources[i].expiry_ms <= at_ms:
            if owner.sources[i].type == FROM_MONEY:
                add_lapsed(owner, &owner.sources[i])
            stamp(owner, owner.sources[i].kind)
            continue
        if kept != i:
            owner.sources[kept] = owner.sources[i]
            stamp(owner, owner.sources[i].kind)
        kept += 1
    owner.sources_count = kept
    return 0


cdef int add_lapsed(Owner* owner, const Source* money) except -1 nogil:
    cdef int64_t at = owner.lapsed_count
    cdef Source* grown
    if at == owner.lapsed_room:
        grown = <Source*>realloc(owner.lapsed, (2 * at + 4) * sizeof(Source))
        if grown == NULL:
            with gil:
                raise MemoryError("lapsed money")
        owner.lapsed, owner.lapsed_room = grown, 2 * at + 4
    owner.lapsed[at] = money[0]
    owner.lapsed_count += 1
    return 0


cdef void drop_packs(Owner* owner, int64_t at_ms) noexcept nogil:
    cdef int32_t i, kept = 0
    for i in range(owner.packs_count):
        if owner.packs[i].expiry_ms > at_ms:
            if kept != i:
                owner.packs[kept] = owner.packs[i]
            kept += 1
    owner.packs_count = kept


cdef OpenPack* add_pack(
        Owner* owner, LoadedProgram program, int32_t version,
        const OpenPack* given) except NULL nogil:
    cdef int32_t kind
    drop_packs(owner, given.bought_ms - COARSE_MS)
    if owner.packs_count == PACKS_MAX:
        too_many("live packs", PACKS_MAX, "PACKS_MAX")
    owner.packs[owner.packs_count] = given[0]
    owner.packs[owner.packs_count].version = version
    owner.packs_count += 1
    for kind in range(USAGE_KINDS):
        owner.stamps[kind] += program.packs[version].after_rule[kind] != AFTER_PLAN
    return &owner.packs[owner.packs_count - 1]


cdef inline Source* blank_source(Owner* owner) noexcept nogil:
    """One to be written and added, of no measure, no pack and no quota; what is not said is 0."""
    cdef Source* source = &owner.sources[owner.sources_count]
    memset(source, 0, sizeof(Source))
    source.measure = source.pack = source.volume = source.version = -1
    source.day = NO_DAY
    return source


cdef Source* source_of_pack(
        Owner* owner, LoadedProgram program, const OpenPack* pack, int32_t volume) noexcept nogil:
    """A volume of a pack as a source, to be added."""
    cdef Source* source = blank_source(owner)
    cdef const Pack* version = &program.packs[pack.version]
    cdef const Volume* own = &program.volumes[version.first_volume + volume]
    source.type, source.drawn = FROM_VOLUME, IS_BUNDLED
    source.kind, source.given_ms = own.kind, pack.bought_ms
    source.destinations, source.hours, source.raw = own.destinations, own.hours, own.raw
    source.from_ms, source.expiry_ms = pack.bought_ms, pack.expiry_ms
    source.rank, source.tie = version.rank, pack.pack
    source.event_hi, source.event_lo = pack.event_hi, pack.event_lo
    source.sequence, source.volume, source.pack = volume, volume, pack.pack
    source.left = source.given = units_at(program, version, own, pack.bought_ms)
    source.quota = own.units if own.per != PER_PACK else 0
    source.per, source.version = own.per, pack.version
    source.calls, source.under = own.calls, own.under
    if source.quota:
        source.day = quota_number(program, source, pack.bought_ms)
    source.price, source.paid = pack.price, pack.paid
    return source


cdef int64_t own_units(LoadedProgram program, const Source* source) noexcept nogil:
    """All units of its kind that the pack holds by itself over its life, for pack averages."""
    cdef const Pack* version = &program.packs[source.version]
    cdef const Volume* own
    cdef int64_t units = 0
    cdef int32_t i
    for i in range(version.volumes_count):
        own = &program.volumes[version.first_volume + i]
        if own.kind == source.kind and own.raw != COUNTS_MONEY:
            units += units_at(program, version, own, source.from_ms) * quotas_of(
                version, source.from_ms, own.per)
    return units


cdef int open_volumes(
        Owner* owner, LoadedProgram program, const OpenPack* pack,
        Counters* counters) except -1 nogil:
    """The pack's own volumes become bundled sources."""
    cdef int32_t i
    for i in range(program.packs[pack.version].volumes_count):
        source_of_pack(owner, program, pack, i)
        add_source(owner)
        counters.given[FROM_VOLUME] += 1
    return 0


cdef int64_t part_of(int64_t units, int64_t share, int64_t whole) noexcept nogil:
    """floor(units × share / whole) without overflow: units < 2**44, whole <= 2**40."""
    return units // whole * share + units % whole * share // whole


cdef int64_t left_of_volume(const Owner* owner, const Source* like) noexcept nogil:
    cdef int32_t i
    cdef const Source* s
    for i in range(owner.sources_count):
        s = &owner.sources[i]
        if (s.type == FROM_VOLUME and s.pack == like.pack and s.volume == like.volume
                and s.event_hi == like.event_hi and s.event_lo == like.event_lo
                and s.from_ms == like.from_ms):
            return s.left
    return 0


cdef bint has_bonus(
        const Owner* owner, const Source* own, int32_t id, int64_t at_ms) noexcept nogil:
    """Did another entry of a measure give a volume its bonus at this moment? One is enough."""
    cdef int32_t i
    cdef const Source* s
    for i in range(owner.sources_count):
        s = &owner.sources[i]
        if (s.type == FROM_BONUS and s.id == id and s.given_ms == at_ms and s.pack == own.pack
                and s.volume == own.volume and s.event_hi == own.event_hi
                and s.event_lo == own.event_lo and s.from_ms == own.from_ms):
            return True
    return False


cdef int give_bonus(
        Owner* owner, LoadedProgram program, const OpenPack* pack, int32_t measure, int64_t at_ms,
        bint in_use, Counters* counters) except -1 nogil:
    """A share of the pack's own volumes, drawn right after them."""
    cdef const Measure* m = &program.measures[measure]
    cdef Source* source
    cdef int64_t base
    cdef int32_t i
    if in_use and m.in_use == IN_USE_AT_RENEWAL:
        return 0
    for i in range(program.packs[pack.version].volumes_count):
        source = source_of_pack(owner, program, pack, i)
        if source.raw == COUNTS_MONEY or not m.kinds >> source.kind & 1:
            continue
        if in_use and has_bonus(owner, source, m.id, at_ms):
            continue
        base = source.given
        if in_use and source.quota == 0:
            if m.in_use == IN_USE_REMAINING:
                base = left_of_volume(owner, source)
        base = part_of(base, m.amount, SHARE_DENOMINATOR)
        if in_use and source.quota == 0 and m.in_use == IN_USE_PRORATED:
            # share × own × time left / time in all, floored once: own × share is below 2**60.
            base = prorated(source.given, m.amount, pack.expiry_ms - at_ms,
                            pack.expiry_ms - pack.bought_ms)
        if base == 0:
            continue
        source.type, source.measure = FROM_BONUS, measure
        source.left = source.given = base
        source.quota = base if source.quota else 0
        source.day = quota_number(program, source, at_ms) if source.quota else NO_DAY
        source.sequence = BONUS_SEQUENCE + i
        source.precedence, source.given_ms, source.id = m.precedence, at_ms, m.id
        add_source(owner)
        counters.given[FROM_BONUS] += 1
    return 0


cdef extern from *:
    """
    static inline long long doisoat_prorated(long long own, long long share, long long left,
                                             long long whole, long long denominator) {
        return (long long)((__int128)own * share * left / ((__int128)whole * denominator));
    }
    """
    int64_t doisoat_prorated(
        int64_t own, int64_t share, int64_t left, int64_t whole, int64_t denominator) noexcept nogil


cdef int64_t prorated(int64_t own, int64_t share, int64_t left, int64_t whole) noexcept nogil:
    """floor(own × share × left / whole), in 128 bits: own <= 2**50, share < 2**34, left < 2**42."""
    return doisoat_prorated(own, share, left, whole, SHARE_DENOMINATOR)


cdef int add_grant(
        Owner* owner, LoadedProgram program, int32_t measure, int64_t given_ms, int64_t expiry_ms,
        int64_t given, int64_t left) except -1 nogil:
    """A grant lives to its own expiry, whatever the measure says later."""
    cdef const Measure* m = &program.measures[measure]
    cdef Source* source = blank_source(owner)
    cdef int32_t kind = 0
    while not m.kinds >> kind & 1:
        kind += 1
    source.type, source.kind, source.measure = FROM_GRANT, kind, measure
    if m.effect == MONEY_GRANT:
        source.type, source.kind, source.raw = FROM_MONEY, KIND_ANY, COUNTS_MONEY
    source.drawn = IS_FIRST if m.first else IS_LAST
    source.destinations, source.hours = m.destinations, ALL_HOURS
    source.from_ms, source.expiry_ms = given_ms, expiry_ms
    source.rank, source.tie = m.precedence, m.id
    source.precedence, source.given_ms, source.id = m.precedence, given_ms, m.id
    source.left, source.given = left, given
    add_source(owner)
    owner.triggered |= <uint64_t>1 << measure
    owner.last_given_ms[measure] = given_ms
    return 0


cdef int give_grant(
        Owner* owner, LoadedProgram program, int32_t measure, int64_t at_ms,
        Counters* counters) except -1 nogil:
    cdef const Measure* m = &program.measures[measure]
    cdef int64_t expiry_ms = m.expires_ms if m.expires_ms else at_ms + m.lasts_ms
    add_grant(owner, program, measure, at_ms, expiry_ms, m.amount, m.amount)
    counters.given[FROM_MONEY if m.effect == MONEY_GRANT else FROM_GRANT] += 1
    return 0


cdef int add_pending(
        Owner* owner, int64_t at_ms, int32_t phase, int32_t measure) except -1 nogil:
    cdef int32_t at = owner.pending_count
    if at == PENDING_MAX:
        with gil:
            raise too_many_in_force(
                "a balance owner", PENDING_MAX, "beginnings in one period",
                "PENDING_MAX of engine/kernel/limits.pxd")
    while at and owner.pending[at - 1].at_ms > at_ms:  # of one moment: as they were planned
        owner.pending[at] = owner.pending[at - 1]
        at -= 1
    owner.pending[at] = Pending(at_ms, phase, measure)
    owner.pending_count += 1
    return 0


cdef int add_span(Owner* owner, int64_t from_ms, int64_t until_ms) except -1 nogil:
    """One more span of the measure at hand, at its place by start."""
    cdef int64_t at = owner.spans_count
    cdef Span* grown
    if from_ms >= until_ms:
        return 0
    if at == owner.spans_room:
        grown = <Span*>realloc(owner.spans, (2 * at + 16) * sizeof(Span))
        if grown == NULL:
            with gil:
                raise MemoryError("spans")
        owner.spans, owner.spans_room = grown, 2 * at + 16
    while at and owner.spans[at - 1].from_ms > from_ms:
        owner.spans[at] = owner.spans[at - 1]
        at -= 1
    owner.spans[at] = Span(from_ms, until_ms)
    owner.spans_count += 1
    return 0


cdef int find_spans(
        Owner* owner, LoadedProgram program, const Measure* m, int32_t measure,
        const Subscription* rows, int64_t count) except -1 nogil:
    """When a subscription, the measure and an order hold together, by start."""
    cdef Range orders
    cdef int64_t row, from_ms, until_ms
    cdef int32_t i
    owner.spans_count = 0
    for row in range(count):
        if not rows[row].mask >> measure & 1:
            continue
        from_ms, until_ms = max(rows[row].from_ms, m.from_ms), min(rows[row].until_ms, m.until_ms)
        if m.place != HOME_AT_TRIGGER:
            add_span(owner, from_ms, until_ms)
            continue
        orders = program.places[m.place_set * program.localities_count + rows[row].locality]
        for i in range(orders.first, orders.first + orders.count):
            add_span(owner, max(from_ms, program.spans[i].from_ms),
                     min(until_ms, program.spans[i].until_ms))
    return 0


cdef int plan_grant(
        Owner* owner, LoadedProgram program, int32_t measure, const Subscription* rows,
        int64_t count, int64_t from_ms, int64_t until_ms) except -1 nogil:
    """The moments in [from_ms, until_ms) at which a measure gives a grant by itself."""
    cdef const Measure* m = &program.measures[measure]
    cdef int64_t begin, end, again = 0, i = 0
    find_spans(owner, program, m, measure, rows, count)
    while i < owner.spans_count:
        begin, end = owner.spans[i].from_ms, owner.spans[i].until_ms
        i += 1
        while i < owner.spans_count and owner.spans[i].from_ms <= end:  # one maximal interval
            end = max(end, owner.spans[i].until_ms)
            i += 1
        if m.start_only and begin != m.from_ms:
            continue
        begin = max(begin, again)
        while begin < end:
            if from_ms <= begin < until_ms:
                add_pending(owner, begin, GRANT_BEGINS, measure)
            if not m.each_term:  # once is once, whatever month it was in
                return 0
            again = begin + m.lasts_ms
            begin = again
    return 0


cdef int plan_beginnings(
        Owner* owner, LoadedProgram program, uint64_t measures, const Subscription* rows,
        int64_t count, int64_t from_ms, int64_t until_ms) except -1 nogil:
    """What will begin or end for this owner in the period, in order.

    measures: `LoadedProgram.beginnings` of the period.
    """
    cdef int32_t measure
    cdef int64_t at_ms, i
    cdef uint64_t met = 0
    owner.pending_count = owner.pending_next = 0
    for i in range(count):
        met |= rows[i].mask
    measures &= met
    while measures:
        measure = lowest_bit(measures)
        measures &= measures - 1
        if program.begin_mask >> measure & 1:
            plan_grant(owner, program, measure, rows, count, from_ms, until_ms)
            continue
        at_ms = program.measures[measure].from_ms
        for i in range(count):
            if holds_at(&rows[i], at_ms) and rows[i].mask >> measure & 1:
                add_pending(owner, at_ms, BONUS_BEGINS, measure)
                break
    owner.next_ms = owner.pending[0].at_ms if owner.pending_count else NEVER
    return 0


cdef int begin_until(
        Owner* owner, LoadedProgram program, int64_t until_ms,
        Counters* counters) except -1 nogil:
    """Let everything begin or end whose moment is before until_ms."""
    cdef Pending* next
    cdef int32_t i, count
    while owner.pending_next < owner.pending_count:
        next = &owner.pending[owner.pending_next]
        owner.next_ms = next.at_ms
        if next.at_ms >= until_ms:
            return 0
        owner.pending_next += 1
        if next.phase == GRANT_BEGINS:
            give_grant(owner, program, next.measure, next.at_ms, counters)
        else:
            count = owner.packs_count
            for i in range(count):
                if (owner.packs[i].bought_ms < next.at_ms and owner.packs[i].expiry_ms > next.at_ms
                        and not owner.packs[i].suspended
                        and program.pack_allows[owner.packs[i].pack] >> next.measure & 1):
                    give_bonus(owner, program, &owner.packs[i], next.measure, next.at_ms, True,
                               counters)
    owner.next_ms = NEVER
    return 0


cdef Session* find_session(Owner* owner, uint64_t hi, uint64_t lo) noexcept nogil:
    """The open session of this key, or NULL."""
    cdef int64_t i = owner.sessions_count
    while i:
        i -= 1
        if owner.sessions[i].lo == lo and owner.sessions[i].hi == hi:
            return &owner.sessions[i]
    return NULL


cdef Session* session_of(
        Owner* owner, uint64_t hi, uint64_t lo, int64_t start_ms) except NULL nogil:
    """The open session of this key, or a new one that starts here."""
    cdef Session* found = find_session(owner, hi, lo)
    cdef Session* grown
    cdef int64_t i
    if found != NULL:
        return found
    if owner.sessions_count == owner.sessions_room:
        i = owner.sessions_room * 2 + 16
        grown = <Session*>realloc(owner.sessions, i * sizeof(Session))
        if grown == NULL:
            with gil:
                raise MemoryError("sessions")
        owner.sessions, owner.sessions_room = grown, i
    owner.sessions[owner.sessions_count] = Session(hi, lo, 0, start_ms, 0)
    owner.sessions_count += 1
    return &owner.sessions[owner.sessions_count - 1]
