"""Memory for tables of some size: in large pages, where the system has them to give."""

cdef extern from "<stdlib.h>" nogil:
    void* aligned_alloc(size_t alignment, size_t size)

cdef extern from *:
    """
    #include <sys/mman.h>
    static inline void doisoat_ask_for_large_pages(void *begin, size_t size) {
    #ifdef MADV_HUGEPAGE
        madvise(begin, size, MADV_HUGEPAGE);  /* what cannot be had is done without */
    #endif
    }
    """
    void ask_for_large_pages "doisoat_ask_for_large_pages" (void* begin, size_t size) noexcept nogil

cdef enum:
    CACHE_LINE = 64
    LARGE_PAGE = 2_097_152


cdef inline void* memory_for(size_t size) noexcept nogil:
    """So many bytes, a multiple of a cache line, on a border of one; NULL where there are none.

    To be given back by `free`. What fills a large page is asked for in such: small ones cost a
    fault each when they are first touched, and a look for the page whenever rows lie far apart.
    """
    cdef size_t pages = (size + LARGE_PAGE - 1) // LARGE_PAGE * LARGE_PAGE
    cdef void* given
    if size < LARGE_PAGE:
        return aligned_alloc(CACHE_LINE, size)
    given = aligned_alloc(LARGE_PAGE, pages)
    if given != NULL:
        ask_for_large_pages(given, pages)
    return given
