/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves and loads the state of devices at random and writes down all that can be seen of it. Linked
 * with a device's functions, and with its table and the tree's own interpreter, it writes the same.
 *
 *     harness probe MASK                 find which words of the states need a pointer
 *     harness run MASK OUT SEED ROUNDS   the trials, a line each
 *
 * A state's words are random, but those that code follows as pointers: these point to memory whose
 * every word points to its own beginning, which is a return instruction on x86 when called. What
 * the device calls and the file does not hold is a stand-in that writes its name down.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

typedef struct QEMUFile QEMUFile;

struct rw_pair {
    const char *name;
    unsigned long size;
    int lowest, current;
    void (*save)(QEMUFile *f, void *state);
    int (*load)(QEMUFile *f, void *state, int version);
};
extern const struct rw_pair rw_pairs[];
extern const int rw_count;
extern unsigned long *const rw_globals[];
extern const unsigned long rw_global_words;

#define ANCHOR 0xc3c3c3c3c3ul       /* its lowest byte is `ret` */
#define FRONT 0x100000ul
#define BACK 0x100000ul
#define STATE 0xd000000000ul
#define MOST_STATE 0x4000000ul
#define MOST_STREAM (1u << 20)
#define MOST_LOG (1u << 16)
#define CUTS 24

struct QEMUFile {
    unsigned char *data;
    size_t size, at, room;
    int error;
};

static sigjmp_buf way_out;
static volatile int inside;
static int was_endless;             /* where it was stopped says nothing */
static char log_text[MOST_LOG];
static size_t log_size;
static uint64_t seed;
static unsigned answers;
static int answering;

static uint64_t next_random(void)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15ull);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static void note(const char *format, ...)
{
    va_list more;

    if (log_size > MOST_LOG - 256) {
        return;
    }
    va_start(more, format);
    log_size += vsnprintf(log_text + log_size, 200, format, more);
    va_end(more);
}

static void leave(const char *why)
{
    if (!inside) {
        _exit(70);
    }
    was_endless = !strcmp(why, "endless");
    note(" %s", why);
    siglongjmp(way_out, 1);
}

/* Streams. Behind the end every byte is 0, and the stream has an error. */

static void put(QEMUFile *f, const unsigned char *from, size_t size)
{
    if (size > MOST_STREAM || f->size + size > MOST_STREAM) {
        leave("endless");
    }
    if (f->size + size > f->room) {
        f->room = (f->size + size) * 2;
        f->data = realloc(f->data, f->room);
    }
    memcpy(f->data + f->size, from, size);
    f->size += size;
}

uint64_t rw_get(QEMUFile *f, int size)
{
    uint64_t value = 0;

    while (size--) {
        value <<= 8;
        if (f->at < f->size) {
            value |= f->data[f->at];
        } else {
            f->error = -5;
        }
        if (f->at++ > MOST_STREAM) {
            leave("endless");
        }
    }
    return value;
}

void rw_put(QEMUFile *f, uint64_t value, int size)
{
    unsigned char bytes[8];
    int i;

    for (i = 0; i < size; i++) {
        bytes[i] = value >> (8 * (size - 1 - i));
    }
    put(f, bytes, size);
}

void rw_put_buffer(QEMUFile *f, const unsigned char *from, unsigned int size)
{
    put(f, from, size);
}

long rw_get_buffer(QEMUFile *f, unsigned char *to, unsigned int size)
{
    size_t left = f->at < f->size ? f->size - f->at : 0;
    size_t got = size < left ? size : left;

    memcpy(to, f->data + f->at, got);
    f->at += got;
    if (got < size) {
        f->error = -5;
    }
    return got;
}

int rw_peek(QEMUFile *f, int offset)
{
    return f->at + offset < f->size ? f->data[f->at + offset] : 0;
}

int rw_error(QEMUFile *f)
{
    return f->error;
}

int rw_set_error(QEMUFile *f, int error)
{
    if (!f->error) {
        f->error = error;
    }
    return 0;
}

/* What ends a program. */

void exit(int status) { leave("exit"); __builtin_unreachable(); }
void abort(void) { leave("abort"); __builtin_unreachable(); }

void __assert_fail(const char *what, const char *file, unsigned int line, const char *function)
{
    leave("assertion");
    __builtin_unreachable();
}

/* Stand-ins: `count` arguments are known to be given, -1 where that is not known. */

static struct QEMUFile stream;

static void note_argument(unsigned long value)
{
    if (value == (unsigned long)&stream) {
        note(" stream@%lu/%lu", stream.at, stream.size);
    } else if (value - STATE < MOST_STATE) {
        note(" state+%lu", value - STATE);
    } else if (value - (ANCHOR - FRONT) < FRONT + BACK) {
        note(" memory");
    } else if (value <= 0xffffffff || value >= 0xffffffff00000000ul) {
        note(" %u", (unsigned)value);
    } else {
        note(" *");
    }
}

unsigned long rw_stand_in(const char *name, int count, const unsigned long *arguments)
{
    int i;

    note(" %s(", name);
    for (i = 0; i < count && i < 6; i++) {
        note_argument(arguments[i]);
    }
    note(" )");
    answers++;
    return answering ? (answers * 2654435761u >> 13) % 4 : 0;
}

void *rw_allocate(unsigned long size, unsigned long times)
{
    return size > MOST_STREAM || times > MOST_STREAM ? (leave("endless"), NULL)
                                                     : calloc(times ? size : 1, times ? times : 1);
}

/* States. */

static unsigned char *state = (unsigned char *)STATE;
static unsigned char *needs_pointer;

static void fill_words(uint64_t *words, size_t count)
{
    while (count--) {
        *words++ = ANCHOR;
    }
}

static void fill_surroundings(void)
{
    size_t i;

    fill_words((uint64_t *)(ANCHOR - FRONT), (FRONT + BACK) / 8);
    for (i = 0; rw_globals[i]; i++) {
        fill_words(rw_globals[i], rw_global_words);
    }
}

static uint64_t random_word(void)
{
    uint64_t kind = next_random(), value = next_random();

    switch (kind % 6) {
    case 0: return value;
    case 1: return 0;
    case 2: return value & 0x0000000f0000000full;
    case 3: return value & 0x0101010101010101ull;
    case 4: return value & 0x0707070707070707ull;
    default: return value & 0x000000ff000000ffull;
    }
}

static void fill_state(const struct rw_pair *pair)
{
    size_t i, words = (pair->size + 7) / 8;

    for (i = 0; i < words; i++) {
        uint64_t value = needs_pointer[i] ? ANCHOR : random_word();

        memcpy(state + 8 * i, &value, 8);
    }
}

static uint64_t hash(const unsigned char *data, size_t size, uint64_t value)
{
    while (size--) {
        value = (value ^ *data++) * 0x100000001b3ull;
    }
    return value;
}

static uint64_t hash_surroundings(void)
{
    uint64_t value = hash((void *)(ANCHOR - FRONT), 4096, 1);
    size_t i;

    value = hash((void *)ANCHOR, 8192, value);
    for (i = 0; rw_globals[i]; i++) {
        value = hash((void *)rw_globals[i], 8 * rw_global_words, value);
    }
    return value;
}

/* One save, one load. */

static void begin(int answer)
{
    struct itimerval soon = { .it_value = { .tv_usec = 200000 } };

    log_size = 0;
    log_text[0] = 0;
    was_endless = 0;
    answers = 0;
    answering = answer;
    setitimer(ITIMER_VIRTUAL, &soon, NULL);
    inside = 1;
}

static void end(void)
{
    struct itimerval never = { { 0 } };

    inside = 0;
    setitimer(ITIMER_VIRTUAL, &never, NULL);
}

static int save(const struct rw_pair *pair, QEMUFile *f, int answer)
{
    f->size = f->at = 0;
    f->error = 0;
    begin(answer);
    if (sigsetjmp(way_out, 1)) {
        end();
        return -1;
    }
    pair->save(f, state);
    end();
    return 0;
}

static int load(const struct rw_pair *pair, QEMUFile *f, int version, int answer, int *result)
{
    f->at = 0;
    f->error = 0;
    *result = 0;
    begin(answer);
    if (sigsetjmp(way_out, 1)) {
        end();
        return -1;
    }
    *result = pair->load(f, state, version);
    end();
    return 0;
}

static void caught(int number)
{
    if (!inside) {
        _exit(70);
    }
    leave(number == SIGVTALRM ? "endless" : "crash");
}

/* Which words must be pointers: with the others random, neither save nor load runs into nothing. */

static int goes_well(const struct rw_pair *pair, QEMUFile *f)
{
    uint64_t kept = seed;
    int tries, result, well = 1;

    for (tries = 0; tries < 3 && well; tries++) {
        fill_surroundings();
        fill_state(pair);
        well = save(pair, f, 0) == 0;
        fill_state(pair);
        well = well && load(pair, f, pair->current, 0, &result) == 0;
    }
    seed = kept;
    return well;
}

static void probe_words(const struct rw_pair *pair, QEMUFile *f, size_t from, size_t to)
{
    memset(needs_pointer + from, 0, to - from);
    if (goes_well(pair, f)) {
        return;
    }
    memset(needs_pointer + from, 1, to - from);
    if (to - from > 1) {
        size_t middle = from + (to - from) / 2;

        probe_words(pair, f, from, middle);
        probe_words(pair, f, middle, to);
    }
}

static void probe(const struct rw_pair *pair, QEMUFile *f)
{
    memset(needs_pointer, 1, MOST_STATE / 8);
    seed = 1;
    probe_words(pair, f, 0, (pair->size + 7) / 8);
}

/* The trials. */

static FILE *out;

static void tell_load(const struct rw_pair *pair, QEMUFile *f, int version, int answer, int cut)
{
    int result, ended;
    uint64_t surroundings;

    fill_surroundings();
    fill_state(pair);
    ended = load(pair, f, version, answer, &result);
    surroundings = hash_surroundings();
    if (was_endless) {
        fprintf(out, "ended endless\n");
        return;
    }
    if (ended == 0 && (version < pair->lowest || (f->error && cut >= 0))) {
        fprintf(out, "%s %s", version < pair->lowest ? "version" : "cut",
                result || f->error ? "fails" : "is taken");
        fprintf(out, " | left %d %lx %s\n", result,
                (long)hash(state, pair->size, surroundings), log_text);
        return;
    }
    fprintf(out, "%s %d at %ld error %d state %lx calls%s\n", ended ? "ended" : "loaded", result,
            (long)f->at, f->error, (long)hash(state, pair->size, surroundings), log_text);
}

static void tell_round(const struct rw_pair *pair, QEMUFile *f, int number)
{
    int version, cut, ended;
    size_t size;

    fill_surroundings();
    fill_state(pair);
    ended = save(pair, f, number & 1);
    if (was_endless) {
        fprintf(out, "%s save %d: ended endless\n", pair->name, number);
        return;
    }
    fprintf(out, "%s save %d: %s size %ld stream %lx state %lx calls%s\n", pair->name, number,
            ended ? "ended" : "saved", (long)f->size, (long)hash(f->data, f->size, 1),
            (long)hash(state, pair->size, hash_surroundings()), log_text);
    size = f->size;
    for (version = 0; version <= pair->current; version++) {
        if (version < pair->lowest - 1) {
            continue;
        }
        fprintf(out, "%s load %d version %d: ", pair->name, number, version);
        tell_load(pair, f, version, number & 1, -1);
    }
    for (cut = 0; cut < CUTS && number < 40; cut++) {
        f->size = size ? next_random() % size : 0;
        version = pair->lowest + next_random() % (pair->current - pair->lowest + 1);
        fprintf(out, "%s load %d version %d cut %ld: ", pair->name, number, version,
                (long)f->size);
        tell_load(pair, f, version, number & 1, cut);
    }
    f->size = 0;
    for (cut = 0; cut < 4096; cut++) {
        uint64_t value = random_word();

        put(f, (unsigned char *)&value, 1 + value % 8);
    }
    version = pair->lowest + next_random() % (pair->current - pair->lowest + 1);
    fprintf(out, "%s load %d version %d random: ", pair->name, number, version);
    tell_load(pair, f, version, number & 1, -1);
}

static void map(unsigned long from, unsigned long size, int rights)
{
    void *got = mmap((void *)from, size, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (got == MAP_FAILED) {
        _exit(71);
    }
}

static void prepare(void)
{
    static unsigned char stack[1 << 16];
    stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_handler = caught, .sa_flags = SA_ONSTACK | SA_NODEFER };
    const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGVTALRM, SIGABRT };
    size_t i;

    map((ANCHOR - FRONT) & ~0xffful, FRONT + BACK + 0x2000, PROT_READ | PROT_WRITE | PROT_EXEC);
    map(STATE, MOST_STATE, PROT_READ | PROT_WRITE);
    needs_pointer = calloc(MOST_STATE / 8, 1);
    sigaltstack(&other, NULL);
    for (i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

int main(int argc, char **argv)
{
    int probing = argc == 3 && !strcmp(argv[1], "probe"), number, i;
    FILE *mask;

    if (!probing && argc != 6) {
        return 2;
    }
    prepare();
    mask = fopen(argv[2], probing ? "w" : "r");
    out = probing ? NULL : fopen(argv[3], "w");
    if (!mask || (!probing && !out) || !freopen("/dev/null", "w", stdout)
        || !freopen("/dev/null", "w", stderr)) {
        return 2;
    }
    for (i = 0; i < rw_count; i++) {
        const struct rw_pair *pair = &rw_pairs[i];
        size_t words = (pair->size + 7) / 8;

        if (pair->size > MOST_STATE) {
            return 3;
        }
        if (probing) {
            probe(pair, &stream);
            fwrite(needs_pointer, 1, words, mask);
            continue;
        }
        if (fread(needs_pointer, 1, words, mask) != words) {
            return 2;
        }
        seed = strtoull(argv[4], NULL, 10) + i;
        for (number = 0; number < atoi(argv[5]); number++) {
            tell_round(pair, &stream, number);
        }
    }
    fclose(mask);
    if (out && fclose(out)) {
        return 2;
    }
    _exit(0);
}
