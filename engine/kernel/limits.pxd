"""The limits of the kernel: how many there may be of each. More is refused, never dropped."""

cdef enum:
    # of tariffs
    STEPS_MAX = 64               # of a table laid out in time; tariffs have at most 8
    MEASURES_MAX = 64            # one bit each
    DESTINATIONS_MAX = 64        # one bit each
    CARRIERS_MAX = 1_024         # 10 bits of a total's key
    EXTENDED_DAYS_MAX = 36_525   # of a pack, from its renewal on

    # of a balance owner
    SOURCES_MAX = 192            # live ones
    PACKS_MAX = 96               # live ones
    PENDING_MAX = 1024           # beginnings in one period

    # of an event
    CANDIDATES_MAX = 64          # sources that it may draw
    WINDOWS_MAX = 16             # windows in time that they need
    PIECES_MAX = 40              # pieces its timeline may fall into
    LINES_MAX = 64               # relief lines
