"""The program as C structs, which the kernel reads and never writes. For its limits: limits.pxd."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from doisoat.engine.kernel.limits cimport DESTINATIONS_MAX, MEASURES_MAX, STEPS_MAX

cdef enum:
    QUICK_STEPS = 2          # of a table that is rated quickly, at most
    DAY_CLASSES = 8          # Monday to Sunday, holiday
    KIND_ANY = 3             # of a volume of money
    KINDS = 5                # voice, sms, data, pack, fee
    USAGE_KINDS = 3
    MS_PER_DAY = 86_400_000
    MS_PER_HOUR = 3_600_000
    ALL_HOURS = 16_777_215   # 24 bits
    SHARE_DENOMINATOR = 100_000_000  # of a bonus's share
    PERCENT_DENOMINATOR = 1_000_000  # of a cut's per cent
    SHARE_WHOLE = 1_000_000          # of a share by day of purchase
    DAYS_OF_MONTH_MAX = 31

cdef enum:                   # Kind
    VOICE, SMS, DATA, PACK, FEE

cdef enum:                   # Effect
    ZERO_RATING, BONUS_VOLUME, GRANT, PRICE_CUT, CONTRIBUTION, FEE_IN_KIND, FORBEARANCE
    MONEY_GRANT
    EFFECTS

cdef enum:                   # what a cap counts together
    CAP_OF_EVENT, CAP_OF_PERIOD, CAP_OF_PROGRAMME

cdef enum:                   # Place
    ANYWHERE, HOME_AT_TRIGGER, HOME_AT_USE, SERVING_AT_USE

cdef enum:                   # Crossing
    BY_START, SPLIT_TIME, PRORATA_TIME

cdef enum:                   # InUse
    IN_USE_FULL, IN_USE_REMAINING, IN_USE_PRORATED, IN_USE_AT_RENEWAL

cdef enum:                   # After
    AFTER_PLAN, AFTER_STOP, AFTER_THROTTLE, AFTER_OVERAGE
    AFTER_RULES

cdef enum:                   # InKindValue
    VALUE_ZERO, VALUE_LIST_PRICE, VALUE_PACK_AVERAGE, VALUE_PACK_AVERAGE_PAID

cdef enum:                   # Cut
    CUT_PERCENT, CUT_MINUS, CUT_NEW_PRICE

cdef enum:                   # Rounding
    HALF_UP, HALF_EVEN, HALF_DOWN, ROUND_UP, ROUND_DOWN

cdef enum:                   # CoverageRule
    CONTINUE, RESTART, RESTART_RAW

cdef enum:                   # PriceCrossing
    PRICE_BY_START, PRICE_SPLIT_TIME, PRICE_SPLIT_APART

cdef enum:                   # Counts
    COUNTS_BILLED, COUNTS_RAW, COUNTS_MONEY

cdef enum:                   # Proration
    PRORATED_NOT, PRORATED_BY_STEP, PRORATED_BY_DAYS

cdef enum:                   # Calls
    CALLS_ALL, CALLS_FIRST_PART, CALLS_SHORT_BILLED, CALLS_SHORT_RAW

cdef enum:                   # StillValid
    NEW_INSTANCE, REPLACE, EXTEND

cdef enum:                   # Failed
    FAILED_CONTINUES, FAILED_ENDS, FAILED_SUSPENDS

cdef enum:                   # the classes of sources, in the order of consumption unless said
    IS_ZERO_RATING, IS_FIRST, IS_BUNDLED, IS_LAST
    SOURCE_CLASSES

cdef enum:                   # VolumesPer
    PER_PACK, PER_DAY, PER_CYCLE

cdef extern from *:
    """
    static inline int doisoat_lowest_bit(uint64_t bits) { return __builtin_ctzll(bits); }
    """
    int lowest_bit "doisoat_lowest_bit" (uint64_t bits) noexcept nogil  # its place; bits > 0

cdef struct QuickStep:              # what engine.kernel.fast_path multiplies by, of a step
    int64_t start, before           # before: twice (block - 1 - start)
    int64_t block
    uint64_t inverse                # of twice the block: LoadedProgram.fill_quick
    int64_t numerator               # twice that of a unit
    int64_t below                   # twice (connect fee + all below the step - start × numerator)

cdef struct Table:                  # a step table over one denominator
    int64_t denominator             # 1..2**40
    uint64_t inverse                # of the denominator: rating.inverse_of
    int64_t connect                 # numerator of the connect fee
    int64_t limit                   # billed units past which the event is refused
    int32_t connect_always, rounding, restart, steps_count
    int32_t has_free_steps          # a step costs nothing
    int32_t one_price               # a unit costs the same in every step
    int32_t volume                  # all units cost what the step of the last one says
    int32_t zero_charged            # an event of no units costs the first step's flat amount
    int32_t crossing                # of time bands: a PriceCrossing
    int32_t terms                   # more makes a charge than the price of its units and the fee
    int32_t short_way               # the short way has words for it
    int32_t reorders                # its plan has an order of consumption of its own
    int32_t places[SOURCE_CLASSES]  # of each class of sources in that order
    int64_t quick_limit             # units past which it is not rated quickly; 0: it never is
    uint64_t quick_inverse          # of twice the denominator
    QuickStep quick_steps[QUICK_STEPS]
    int64_t round_to                # minor units; and times the denominator, with its inverse:
    int64_t divisor
    uint64_t divisor_inverse
    int64_t minimum, maximum        # numerators; maximum -1: none
    int64_t flat[STEPS_MAX]         # numerator of the step's flat amount
    int64_t start[STEPS_MAX + 1]    # units, ascending from 0; past the last: never
    int64_t block[STEPS_MAX]        # units, >= 1
    uint64_t block_inverse[STEPS_MAX]
    int64_t numerator[STEPS_MAX]    # per unit
    int64_t below[STEPS_MAX]        # numerator of all units before the step

cdef struct Span:                   # [from_ms, until_ms)
    int64_t from_ms, until_ms

cdef struct HostSpan:               # [from_ms, until_ms) in which a host stands on a list
    int64_t from_ms, until_ms
    uint64_t mask                   # measures that name the list
    int32_t zero_rated              # its volume is of the class zero_rated

cdef struct Range:                  # a run of some array
    int32_t first, count

cdef struct Rate:
    int64_t from_ms, until_ms
    int32_t table
    int32_t hours[DAY_CLASSES]      # bit h: holds in hour h of such a day
    int32_t always                  # in every hour of every day

cdef struct Fee:
    int64_t from_ms, until_ms, amount

cdef struct Volume:
    uint64_t destinations
    int64_t units
    int32_t kind, per, raw, hours   # per: a VolumesPer; raw: a Counts
    int32_t calls                   # a Calls
    int64_t under                   # ms

cdef struct Pack:                   # one dated version
    int64_t from_ms, until_ms, price
    int32_t carrier                 # -1: any
    int64_t lasts_ms                # hours or days, from the purchase or its midnight; else 0
    int32_t rank
    int32_t first_volume, volumes_count
    int32_t after_rule[USAGE_KINDS]
    int32_t after_table[USAGE_KINDS]
    int32_t months, next_first      # to the same day of a later month; 0: the month's end
    int32_t at_midnight             # days and months are those of the calendar
    int32_t cycle_days              # of days; months have a cycle each
    int32_t proration, rounding     # rounding: of the prorated price
    int32_t shares                  # place of its day_shares, of by_step
    int32_t still_valid, rolls_over, failed   # a StillValid; of renewals; a Failed

cdef struct Measure:                # one entry, in declared order
    int64_t from_ms, until_ms
    int64_t amount                  # grant units, share, per cent, minor units: by its effect
    int64_t lasts_ms
    int64_t expires_ms              # of money that ends at a moment; 0: it lasts
    int64_t cap                     # the most a measure on a price gives, minor units; -1: no cap
    uint64_t destinations, except_segments
    int32_t id, effect, group, crossing, place, place_set, start_only, kinds, value
    int32_t opt_in, first, each_term, in_use, cut, cut_prices, base_list, cap_over
    int32_t precedence              # of its programme: the lower one relieves first

cdef struct Trait:                  # a combination of an event's texts, resolved
    uint64_t mask                   # measures that its carrier, kind and pack allow
    int32_t carrier, kind, destination
    int32_t network                 # carrier of a mobile number, which a port may override; -1
    int32_t locality, province, pack
    Range hosts                     # host spans of its rating group

cdef class LoadedProgram:
    cdef Table* tables
    cdef Rate* rates
    cdef Range* rate_index          # [plan][usage kind][destination]
    cdef Fee* fees
    cdef Range* fee_index           # [plan]
    cdef Pack* packs
    cdef Range* pack_index          # [pack]
    cdef int64_t* day_shares        # [place][day of the month - 1], of SHARE_WHOLE
    cdef Volume* volumes
    cdef int64_t* holidays          # days since 1970-01-01, ascending
    cdef int64_t holidays_count
    cdef Span* spans
    cdef Range* places              # [place set][locality]
    cdef Measure measures[MEASURES_MAX]
    cdef int64_t* cut_prices        # [table of cuts][pack], -1: none
    cdef uint64_t* plan_masks
    cdef uint64_t* segment_masks
    cdef uint64_t payment_masks[3]  # prepaid, postpaid, any other word
    cdef uint64_t no_plan_mask      # measures that ask for no plan and no service
    cdef uint64_t destination_masks[DESTINATIONS_MAX]
    cdef uint64_t* carrier_masks
    cdef uint64_t* pack_allows      # [pack]: measures whose scope names it, or names none
    cdef uint64_t effect_masks[EFFECTS]
    cdef bint has_caps              # of owners
    cdef uint64_t programme_caps    # measures whose cap counts what they gave since they began
    cdef uint64_t begin_mask        # grants given by a beginning
    cdef uint64_t opt_ins           # destinations to which a message asks for a grant
    cdef uint64_t hosts_mask        # measures that name lists of hosts
    cdef int32_t* province_of       # [locality]
    cdef int32_t measures_count, destinations_count, plans_count, packs_count, localities_count
    cdef int32_t on_net, off_net, zero_rated, renewal, renewal_failed
    cdef readonly bint asks_for_durations   # a measure covers data by the part of their time
    cdef readonly object program
    cdef list owned
    cdef uint64_t beginnings(self, int64_t from_ms, int64_t until_ms) noexcept nogil
    cdef void* room(self, size_t count, size_t size) except NULL
    cdef uint64_t* masks(self, values) except NULL
    cdef int fill_table(self, Table* out, table) except -1
    cdef int fill_quick(self, Table* out, table) except -1
    cdef int fill_measure(self, Measure* out, given) except -1

cdef enum:
    RANK_OF_USAGE = 2               # packs (0) and fees (1) come before it in a second

cdef struct Mark:                   # of a trait: what every event looks at, in few cache lines
    uint32_t kin                    # number of the traits that differ from it in place alone
    uint16_t carrier
    uint8_t rank                    # its place among events of a second
    uint8_t province

cdef class Traits:
    cdef Trait* rows
    cdef Mark* marks                # one a trait
    cdef Trait* kin_rows            # the first trait of each kin
    cdef HostSpan* spans
    cdef readonly int64_t count
    cdef readonly int64_t kins
