"""The last words of a process that the system or a library ends: what, where, how to mend it.

Two signals say what no exception can. SIGBUS: a file that is mapped was cut short, or its disk
fails. SIGABRT: a library gave up, most often as memory was used up. The handlers run on the thread
that was hit, in no sound state: they call nothing but the system (open, read, write, mmap, _exit),
and what they say lies ready. What was published stands, as after `kill -9`.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stddef cimport size_t

cdef extern from *:
    """
    #include <errno.h>
    #include <fcntl.h>
    #include <signal.h>
    #include <stdint.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/resource.h>
    #include <unistd.h>

    enum { DOISOAT_WORDS = 8192, DOISOAT_PATH = 4096, DOISOAT_PROBE = 64 << 20 };
    typedef struct { char text[DOISOAT_WORDS]; size_t size; } doisoat_words;

    static doisoat_words doisoat_of_signal[2][2];  /* bus, abort; on stdout, on stderr */
    static int doisoat_status[2];
    static char doisoat_path[DOISOAT_PATH], doisoat_piece[DOISOAT_PATH];
    static volatile sig_atomic_t doisoat_is_json;
    static int doisoat_began;

    static void doisoat_write(int to, const char *text, size_t size) {
        while (size > 0) {
            ssize_t done = write(to, text, size);
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) return;
            text += done;
            size -= (size_t)done;
        }
    }

    /* The file that lies mapped at an address, as the system lists it; empty where it does not. */
    static void doisoat_find_path(uintptr_t wanted) {
        uintptr_t number[2] = {0, 0};
        size_t kept = 0;
        int field = 0, is_in = 0, ended = 0;
        int from = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
        doisoat_path[0] = 0;
        if (from < 0) return;
        while (!ended) {
            ssize_t size = read(from, doisoat_piece, sizeof doisoat_piece);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) break;
            for (ssize_t i = 0; i < size && !ended; i++) {
                char c = doisoat_piece[i];
                if (c == '\\n') {
                    if (is_in) { ended = 1; break; }
                    number[0] = number[1] = 0;
                    kept = 0;
                    field = 0;
                } else if (field < 2) {  /* the range, in hexadecimal: begin-end */
                    if (c >= '0' && c <= '9') number[field] = number[field] * 16 + (c - '0');
                    else if (c >= 'a' && c <= 'f')
                        number[field] = number[field] * 16 + (c - 'a' + 10);
                    else field++;
                    if (field == 2) is_in = number[0] <= wanted && wanted < number[1];
                } else if (is_in && (kept > 0 || c == '/') && kept + 1 < sizeof doisoat_path) {
                    doisoat_path[kept++] = (unsigned char)c < 32 || c == 127 ? '?' : c;
                }
            }
        }
        close(from);
        doisoat_path[is_in ? kept : 0] = 0;
    }

    /* Words, of which each NUL stands for the path. */
    static void doisoat_say(int to, const doisoat_words *words, int is_json) {
        const char *at = words->text, *end = words->text + words->size;
        while (at < end) {
            const char *hole = memchr(at, 0, (size_t)(end - at));
            doisoat_write(to, at, (size_t)((hole ? hole : end) - at));
            if (!hole) return;
            for (const char *c = doisoat_path; *c; c++) {
                if (is_json && (*c == '"' || *c == '\\\\')) doisoat_write(to, "\\\\", 1);
                doisoat_write(to, c, 1);
            }
            at = hole + 1;
        }
    }

    static int doisoat_has_memory(void) {
        void *probe = mmap(NULL, DOISOAT_PROBE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        struct rlimit limit;
        if (probe == MAP_FAILED) return 0;
        munmap(probe, DOISOAT_PROBE);
        return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY;
    }

    static void doisoat_end(int signal_number, siginfo_t *about, void *context) {
        int of = signal_number == SIGBUS ? 0 : 1;
        (void)context;
        if (about->si_code == SI_USER || (of == 1 && doisoat_has_memory())) {
            signal(signal_number, SIG_DFL);  /* sent by somebody, or for another cause: as ever */
            raise(signal_number);
            return;
        }
        if (__atomic_exchange_n(&doisoat_began, 1, __ATOMIC_SEQ_CST)) {
            for (;;) pause();  /* another thread was hit first, and ends the process */
        }
        if (of == 0) doisoat_find_path((uintptr_t)about->si_addr);
        if (doisoat_path[0] == 0) memcpy(doisoat_path, "doisoat", 8);
        doisoat_say(STDOUT_FILENO, &doisoat_of_signal[of][0], 1);
        doisoat_say(STDERR_FILENO, &doisoat_of_signal[of][1], doisoat_is_json);
        _exit(doisoat_status[of]);
    }

    static int doisoat_take(int of, int to, const char *text, size_t size) {
        if (size > DOISOAT_WORDS) return -1;
        memcpy(doisoat_of_signal[of][to].text, text, size);
        doisoat_of_signal[of][to].size = size;
        return 0;
    }

    static int doisoat_arm(int bus_status, int abort_status, int is_json) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = doisoat_end;
        action.sa_flags = SA_SIGINFO;
        sigemptyset(&action.sa_mask);
        doisoat_status[0] = bus_status;
        doisoat_status[1] = abort_status;
        doisoat_is_json = is_json;
        return sigaction(SIGBUS, &action, NULL) || sigaction(SIGABRT, &action, NULL) ? -1 : 0;
    }
    """
    int doisoat_take(int of, int to, const char* text, size_t size)
    int doisoat_arm(int bus_status, int abort_status, int is_json)


def say_at_the_end(bus, abort, *, bint json_lines):
    """From now on a process that a mapped file or used-up memory ends says so, and exits.

    bus, abort: status, bytes for stdout, bytes for stderr; a NUL in them stands for the file.
    json_lines: is what goes to stderr JSON, too? Raises: ValueError for words that are too long,
    OSError where the system takes no handler.
    """
    cdef int of, to
    for of, told in enumerate((bus, abort)):
        for to, words in enumerate(told[1:]):
            if doisoat_take(of, to, PyBytes_AS_STRING(words), PyBytes_GET_SIZE(words)) != 0:
                raise ValueError(f"{len(words)} bytes of words")
    if doisoat_arm(bus[0], abort[0], json_lines) != 0:
        raise OSError("sigaction")
