"""What an owner brings from the period before, and what it leaves to the next (STATE_COLUMNS)."""
from libc.stdint cimport int32_t, int64_t, uint64_t

from doisoat.engine.arrow.columns cimport Columns, Ints, new_row
from doisoat.engine.kernel.validity cimport pack_expiry, pack_version, price_at
from doisoat.engine.kernel.account_state cimport (
    BONUS_SEQUENCE, FROM_BONUS, FROM_GRANT, FROM_MONEY, NO_DAY, OpenPack, Owner, Session, Source,
    add_grant, add_pack, add_source, quota_number, session_of, source_of_pack,
)
from doisoat.engine.kernel.program cimport PER_CYCLE, LoadedProgram, lowest_bit

from doisoat.errors import StoreError

STATE_COLUMNS = (
    "owner_hi", "owner_lo", "item", "type", "pack", "volume", "measure", "from_ms", "until_ms",
    "given", "left", "price", "paid", "day", "key_hi", "key_lo", "bought_ms", "carrier",
)


cdef class States:
    """Opening states of a bucket, ordered by owner, and closing ones as they come."""

    def __cinit__(self, LoadedProgram program, Ints opening, int64_t from_ms):
        self.program, self.opening = program, opening
        self.closing = Columns(STATE_WIDTH)
        self.from_ms = from_ms

    cdef const int64_t* next_row(self) noexcept nogil:
        """The next row of the opening state; NULL when there is none."""
        if self.at == self.opening.rows:
            return NULL
        return self.opening.data + self.at * self.opening.width

    cdef int open(self, Desk desk, uint64_t hi, uint64_t lo) except -1 nogil:
        """Give the desk's owners what they bring; rows of owners before must have been read."""
        cdef const int64_t* row = self.next_row()
        while row != NULL and <uint64_t>row[0] == hi and <uint64_t>row[1] == lo:
            self.restore(self.owner_of(desk, hi, lo, row), row)
            self.at += 1
            row = self.next_row()
        return 0

    cdef Owner* owner_of(
            self, Desk desk, uint64_t hi, uint64_t lo, const int64_t* row) except NULL nogil:
        """At which carrier the owner has what a row says. A row that names none is of an owner who
        is known at one alone."""
        cdef int32_t carrier = <int32_t>row[17], i
        for i in range(desk.owners_count):
            if carrier <= 0 or desk.owners[i].carrier == carrier:
                return desk.owners[i]
        return desk.add_owner(hi, lo, carrier if carrier > 0 else -1)

    cdef int restore(self, Owner* owner, const int64_t* row) except -1 nogil:
        """One row of an opening state (STATE_COLUMNS)."""
        cdef OpenPack pack
        cdef Source* source
        cdef Session* session
        cdef int32_t version, i
        if row[2] == STATE_TRIGGER:
            owner.triggered |= <uint64_t>1 << row[6]
            owner.last_given_ms[row[6]] = row[7]
            return 0
        if row[2] == STATE_CAP:
            owner.spent[row[6]] = row[9]
            return 0
        if row[2] == STATE_SESSION:
            session = session_of(owner, <uint64_t>row[14], <uint64_t>row[15], row[7])
            session.raw, session.fee_paid = row[9], row[10]
            return 0
        if row[2] == STATE_PACK:
            version = pack_version(self.program, <int32_t>row[4], row[7])
            if version < 0:
                with gil:
                    raise StoreError(
                        f"an open pack {self.program.program.vocabulary.packs[row[4]]} was bought"
                        " when no version of it was in force", "opening state",
                        "Mend the catalogue's dates or the list of packs")
            pack.pack, pack.version = <int32_t>row[4], version
            pack.bought_ms, pack.expiry_ms, pack.price, pack.paid = row[7], row[8], row[11], row[12]
            if pack.expiry_ms == AS_SOLD:
                pack.expiry_ms = pack_expiry(&self.program.packs[version], pack.bought_ms)
                pack.price = price_at(self.program, &self.program.packs[version], pack.bought_ms)
            pack.event_hi, pack.event_lo = <uint64_t>row[14], <uint64_t>row[15]
            pack.suspended = <int32_t>row[10]
            add_pack(owner, self.program, version, &pack)
            return 0
        if row[3] == FROM_MONEY and row[8] <= self.from_ms:
            return 0  # it lapsed in the month before, which told it
        if row[3] == FROM_GRANT or row[3] == FROM_MONEY:
            add_grant(owner, self.program, <int32_t>row[6], row[7], row[8], row[9], row[10])
            return 0
        for i in range(owner.packs_count):
            if (owner.packs[i].pack == row[4] and owner.packs[i].event_hi == <uint64_t>row[14]
                    and owner.packs[i].event_lo == <uint64_t>row[15]
                    and (row[8] == AS_SOLD or owner.packs[i].expiry_ms == row[8])
                    and owner.packs[i].bought_ms == row[16]):
                source = source_of_pack(
                    owner, self.program, &owner.packs[i], <int32_t>row[5])
                source.type, source.measure = <int32_t>row[3], <int32_t>row[6]
                source.left = row[10]
                if owner.packs[i].suspended:
                    source.hours = 0
                if row[8] != AS_SOLD:
                    source.given, source.day = row[9], row[13]
                    source.quota = row[9] if source.quota else 0
                elif row[3] == FROM_BONUS:  # as a carrier states it, of the period's beginning
                    source.given = row[9]
                    if source.quota:
                        source.quota = row[9]
                        source.day = quota_number(self.program, source, self.from_ms)
                elif source.per == PER_CYCLE:
                    source.day = quota_number(
                        self.program, source, self.from_ms if row[13] == NO_DAY else row[13])
                if source.type == FROM_BONUS:
                    source.sequence = BONUS_SEQUENCE + <int32_t>row[5]
                    source.given_ms = row[7]
                    source.id = self.program.measures[row[6]].id
                    source.precedence = self.program.measures[row[6]].precedence
                add_source(owner)
                break
        return 0

    cdef int close(self, const Owner* owner) except -1 nogil:
        """The owner's closing state, in STATE_COLUMNS."""
        cdef const OpenPack* p
        cdef const Session* t
        cdef int32_t i
        cdef int64_t j
        cdef uint64_t bits = owner.triggered
        for i in range(owner.packs_count):
            p = &owner.packs[i]
            self.keep(owner, STATE_PACK, 0, p.pack, -1, -1, p.bought_ms, p.expiry_ms, 0,
                      p.suspended, p.price, p.paid,
                      NO_DAY, p.event_hi, p.event_lo, p.bought_ms)
        for i in range(owner.sources_count):
            self.keep_source(owner, &owner.sources[i])
        for j in range(owner.lapsed_count):
            self.keep_source(owner, &owner.lapsed[j])
        while bits:
            i = lowest_bit(bits)
            bits &= bits - 1
            self.keep(owner, STATE_TRIGGER, 0, -1, -1, i, owner.last_given_ms[i], 0, 0, 0, 0, 0,
                      NO_DAY, 0, 0, 0)
        for i in range(<int32_t>owner.sessions_count):
            t = &owner.sessions[i]
            self.keep(owner, STATE_SESSION, 0, -1, -1, -1, t.start_ms, 0, t.raw, t.fee_paid, 0, 0,
                      NO_DAY, t.hi, t.lo, 0)
        bits = self.program.programme_caps
        while bits:
            i = lowest_bit(bits)
            bits &= bits - 1
            if owner.spent[i]:
                self.keep(owner, STATE_CAP, 0, -1, -1, i, 0, 0, owner.spent[i], 0, 0, 0,
                          NO_DAY, 0, 0, 0)
        return 0

    cdef int keep_source(self, const Owner* owner, const Source* s) except -1 nogil:
        return self.keep(
            owner, STATE_SOURCE, s.type, s.pack, s.volume, s.measure, s.given_ms, s.expiry_ms,
            s.given, s.left, s.price, s.paid, s.day, s.event_hi, s.event_lo, s.from_ms)

    cdef int keep(
            self, const Owner* owner, int64_t item, int64_t type, int64_t pack, int64_t volume,
            int64_t measure, int64_t from_ms, int64_t until_ms, int64_t given, int64_t left,
            int64_t price, int64_t paid, int64_t day, uint64_t key_hi, uint64_t key_lo,
            int64_t bought_ms) except -1 nogil:
        cdef int64_t[STATE_WIDTH] row = [
            <int64_t>owner.hi, <int64_t>owner.lo, item, type, pack, volume, measure, from_ms,
            until_ms,
            given, left, price, paid, day, <int64_t>key_hi, <int64_t>key_lo,
            bought_ms, owner.carrier]
        cdef int64_t at = new_row(self.closing)
        cdef int i
        for i in range(STATE_WIDTH):
            self.closing.data[i][at] = row[i]
        return 0

    def columns(self):
        """The closing state: a Column for each of STATE_COLUMNS."""
        return dict(zip(STATE_COLUMNS, self.closing.columns(), strict=True))
