/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs one case on random states, before and after its conversion, and compares:
 *
 *     runner compare NAME COUNT MODE      "states=N loads=N bytes=N alike=N", or what differs and
 *                                         status 1; MODE is `own`, or `all` to load other versions
 *                                         and damage too; `own-stream`, `all-stream`: no JSON, BER
 *     runner write NAME FORMAT SEED       writes one state as `stream`, `json` or `ber`
 *
 * Both sides work on a state at the same address, so states are compared byte by byte.
 */
#include "runner.h"

#include "qemu-file.h"

#include "hw/hw.h"
#include "migration/visitor-support.h"

#define RANDOM_SIZE 400
/* Streams for a case that only loads. */
#define LOAD_ONLY_SIZE 48
/* So many states also go through a file, and their text and BER through every truncation. */
#define FEW 3

/* What one call did, beside the state. */
typedef struct Result {
    int code;                   /* what the handler returned */
    int error;                  /* the stream's */
    uint64_t position;
    unsigned strays;
} Result;

typedef struct Run {
    const RunPair *pair;
    size_t size;                /* of the state */
    uint8_t *state;             /* where every handler gets it */
    uint8_t *kept[4];           /* copies of it */
    int slots;
    unsigned number;            /* of the random state */
    uint64_t seed;
    bool hostile;               /* load what no save wrote, too */
    bool formats;               /* compare what other formats carry, too */
    unsigned long loads, bytes;
    unsigned alike;             /* states whose load visits what their save does */
} Run;

static uint64_t random_bits(uint64_t *seed)
{
    uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* All bytes alike likely; but in two states of three, many of those that code asks for. */
static void random_bytes(Run *run, uint8_t *bytes, size_t size)
{
    static const uint8_t edges[8] = { 0, 0, 0, 1, 2, 0x7f, 0x80, 0xff };
    unsigned kind = run->number % 3;
    size_t i;

    for (i = 0; i < size; i++) {
        uint64_t bits = random_bits(&run->seed);

        bytes[i] = bits % 3 < kind ? edges[bits >> 32 & 7] : bits >> 56;
    }
}

/* A valid state at its place: the first two of a run are of zeros and of ones. */
static void make_state(Run *run, unsigned number)
{
    const CorpusCase *c = run->pair->before;
    uint8_t bytes[RANDOM_SIZE] = { 0 };
    size_t n = 1;

    if (number == 1) {
        bytes[0] = 0xff;
    } else if (number > 1) {
        n = 1 + random_bits(&run->seed) % RANDOM_SIZE;
        random_bytes(run, bytes, n);
    }
    if (c->init) {
        c->init(run->state, bytes, n);
    } else {
        corpus_fill(run->state, run->size, bytes, n);
    }
}

static Result call_save(Run *run, const CorpusCase *c, QEMUFile *f)
{
    Result result = { 0 };

    if (c->save) {
        c->save(f, run->state);
    } else if (c->put3) {
        c->put3(f, run->state, run->size);
    } else {
        result.code = c->put5(f, run->state, run->size, NULL, NULL);
    }
    result.position = stream_position(f);
    result.strays = stream_strays(f);
    result.error = stream_close(f);
    return result;
}

static Result call_load(Run *run, const CorpusCase *c, QEMUFile *f, int version)
{
    Result result = { 0 };

    run->loads++;
    if (c->load) {
        result.code = c->load(f, run->state, version);
    } else if (c->get3) {
        result.code = c->get3(f, run->state, run->size);
    } else {
        result.code = c->get4(f, run->state, run->size, NULL);
    }
    result.position = stream_position(f);
    result.strays = stream_strays(f);
    result.error = stream_close(f);
    return result;
}

static bool can_save(const CorpusCase *c)
{
    return c->save || c->put3 || c->put5;
}

static bool can_load(const CorpusCase *c)
{
    return c->load || c->get3 || c->get4;
}

static void keep(Run *run, int slot)
{
    memcpy(run->kept[slot], run->state, run->size);
}

static void restore(Run *run, int slot)
{
    memcpy(run->state, run->kept[slot], run->size);
}

static bool differs(Run *run, const char *what)
{
    printf("%s: state %u: %s\n", run->pair->name, run->number, what);
    return false;
}

/* The state must be the one kept in the slot: tells the first byte that is not. */
static bool same_state(Run *run, int slot, const char *what)
{
    size_t at;

    for (at = 0; at < run->size; at++) {
        if (run->state[at] != run->kept[slot][at]) {
            printf("%s: state %u: %s: byte %zu of the state is %02x, not %02x\n", run->pair->name,
                   run->number, what, at, run->state[at], run->kept[slot][at]);
            return false;
        }
    }
    return true;
}

static bool same_result(Run *run, Result before, Result after, const char *what)
{
    if (before.code == after.code && before.error == after.error &&
        before.position == after.position) {
        return true;
    }
    printf("%s: state %u: %s: returned %d, error %d after %llu bytes; before %d, %d, %llu\n",
           run->pair->name, run->number, what, after.code, after.error,
           (unsigned long long)after.position, before.code, before.error,
           (unsigned long long)before.position);
    return false;
}

/* Slots of `kept`: the state saved, the one that a load starts from, what a load made of it. */
enum { SAVED, START, LOADED, SPARE };

/* Saves the state of slot SAVED on both sides. */
static bool compare_saves(Run *run, Memory *old, Memory *new)
{
    Result before = call_save(run, run->pair->before, memory_writer(old)), after;

    keep(run, SPARE);
    restore(run, SAVED);
    after = call_save(run, run->pair->after, memory_writer(new));
    run->bytes += old->size;
    if (old->size != new->size || (old->size && memcmp(old->bytes, new->bytes, old->size) != 0)) {
        return differs(run, "other bytes are saved");
    }
    return same_result(run, before, after, "save") && same_state(run, SPARE, "after save");
}

/* Loads one stream on both sides from slot START; the state after it stays in LOADED. */
static bool compare_loads(Run *run, const Memory *old, const Memory *new, int version,
                          const char *what)
{
    Result before, after;

    restore(run, START);
    before = call_load(run, run->pair->before, memory_reader(new), version);
    keep(run, LOADED);
    restore(run, START);
    after = call_load(run, run->pair->after, memory_reader(old), version);
    return same_result(run, before, after, what) && same_state(run, LOADED, what);
}

/* Each side loads the other's stream, as far as each of its bytes. */
static bool compare_cut_loads(Run *run, const Memory *old, const Memory *new)
{
    Memory old_part = *old, new_part = *new;
    char what[64];

    for (;;) {
        snprintf(what, sizeof(what), "load of %zu of %zu bytes", old_part.size, old->size);
        if (!compare_loads(run, &old_part, &new_part, run->pair->before->version, what)) {
            return false;
        }
        if (old_part.size == 0) {
            return true;
        }
        new_part.size = --old_part.size;
    }
}

/* Streams that no save wrote: a byte of each is another one. */
static bool compare_damaged(Run *run, const Memory *old, const Memory *new)
{
    size_t at;

    for (at = 0; at < old->size; at++) {
        uint8_t good = old->bytes[at], bad;
        bool same;

        random_bytes(run, &bad, 1);
        old->bytes[at] = new->bytes[at] = bad;
        same = compare_loads(run, old, new, run->pair->before->version, "damaged");
        old->bytes[at] = new->bytes[at] = good;
        if (!same) {
            return false;
        }
    }
    return true;
}

/* A handler may do something else for each version: those around its own. */
static bool compare_versions(Run *run, const Memory *old, const Memory *new)
{
    int version, own = run->pair->before->version;
    char what[64];

    for (version = own > 3 ? own - 3 : 0; version <= own + 6; version++) {
        snprintf(what, sizeof(what), "load of version %d", version);
        if (!compare_loads(run, old, new, version, what)) {
            return false;
        }
    }
    return true;
}

static bool compare_hostile(Run *run, Memory *old, Memory *new)
{
    return !run->hostile || (compare_versions(run, old, new) && compare_damaged(run, old, new));
}

/* -- the converted handlers with other formats */

static Result save_as(Run *run, const VisitorFormat *format, VisitTrace *trace, Memory *memory)
{
    QEMUFile *f = memory_writer(memory);

    stream_set_format(f, format);
    qemu_file_get_visitor(f)->trace = trace;
    restore(run, SAVED);
    return call_save(run, run->pair->after, f);
}

static Result load_as(Run *run, const VisitorFormat *format, VisitTrace *trace,
                      const Memory *memory)
{
    QEMUFile *f = memory_reader(memory);

    stream_set_format(f, format);
    qemu_file_get_visitor(f)->trace = trace;
    restore(run, START);
    return call_load(run, run->pair->after, f, run->pair->after->version);
}

/* A damaged text or BER must be refused without harm; what it leaves is not compared. */
static void load_all_parts(Run *run, const VisitorFormat *format, const Memory *memory)
{
    Memory part = *memory;

    while (part.size-- > 0) {
        load_as(run, format, NULL, &part);
    }
}

/* A load of the format must make the state that the load of the stream's own bytes made. */
static bool compare_format(Run *run, const VisitorFormat *output, const VisitorFormat *input,
                           Result wanted, const char *what)
{
    Memory memory = { 0 };
    Result saved = save_as(run, output, NULL, &memory);
    Result loaded = load_as(run, input, NULL, &memory);
    bool same;

    if (saved.error || loaded.error || loaded.code != wanted.code) {
        printf("%s: state %u: %s: save's error %d, load's %d, returned %d and not %d\n",
               run->pair->name, run->number, what, saved.error, loaded.error, loaded.code,
               wanted.code);
        same = false;
    } else {
        same = same_state(run, LOADED, what);
    }
    if (run->number < FEW) {
        load_all_parts(run, input, &memory);
    }
    free(memory.bytes);
    return same;
}

/* Primitives that the converted text still calls: a format counts them and takes none. */
static bool all_visited(Run *run)
{
    Memory memory = { 0 };
    Result saved = save_as(run, &json_output, NULL, &memory);
    Result loaded = load_as(run, &json_input, NULL, &memory);

    free(memory.bytes);
    return saved.strays + loaded.strays == 0;
}

/* Where save and load visit the same names, both formats must carry the state. */
static bool compare_formats(Run *run)
{
    static VisitTrace save, load;
    Memory stream = { 0 };
    Result loaded;
    bool same = true;

    save.steps = load.steps = 0;
    save_as(run, &stream_output, &save, &stream);
    loaded = load_as(run, &stream_input, &load, &stream);
    keep(run, LOADED);
    free(stream.bytes);
    if (trace_is_start_of(&load, &save) && all_visited(run)) {
        run->alike++;
        same = compare_format(run, &json_output, &json_input, loaded, "JSON") &&
               compare_format(run, &ber_output, &ber_input, loaded, "BER");
    }
    return same;
}

/* A file of the host gets the same bytes as memory, and gives the same state. */
static bool compare_file(Run *run, const Memory *old)
{
    FILE *host = tmpfile();
    Result before, after;

    assert(host != NULL);
    restore(run, SAVED);
    after = call_save(run, run->pair->after, file_writer(host));
    if (after.position != old->size) {
        fclose(host);
        return differs(run, "another length is saved to a file");
    }
    restore(run, START);
    before = call_load(run, run->pair->before, memory_reader(old), run->pair->before->version);
    keep(run, LOADED);
    rewind(host);
    restore(run, START);
    after = call_load(run, run->pair->after, file_reader(host), run->pair->after->version);
    fclose(host);
    return same_result(run, before, after, "file") && same_state(run, LOADED, "file");
}

/* -- the whole */

static bool compare_pair(Run *run, Memory *old, Memory *new)
{
    const CorpusCase *c = run->pair->before;

    restore(run, SAVED);
    if (!compare_saves(run, old, new)) {
        return false;
    }
    if (!can_load(c)) {
        return true;
    }
    return compare_cut_loads(run, old, new) && compare_hostile(run, old, new) &&
           (!run->formats || compare_formats(run)) && (run->number >= FEW || compare_file(run, old));
}

static bool compare_random_stream(Run *run, Memory *memory)
{
    uint8_t bytes[LOAD_ONLY_SIZE];
    QEMUFile *f = memory_writer(memory);

    random_bytes(run, bytes, sizeof(bytes));
    stream_put(f, bytes, sizeof(bytes));
    stream_close(f);
    run->bytes += memory->size;
    return compare_cut_loads(run, memory, memory) && compare_hostile(run, memory, memory);
}

static bool compare_case(Run *run, unsigned count)
{
    Memory old = { 0 }, new = { 0 };
    bool same = true;

    for (run->number = 0; same && run->number < count; run->number++) {
        make_state(run, run->number);
        keep(run, SAVED);
        make_state(run, 2);
        keep(run, START);
        same = can_save(run->pair->before) ? compare_pair(run, &old, &new)
                                           : compare_random_stream(run, &old);
    }
    free(old.bytes);
    free(new.bytes);
    return same;
}

static int write_state(Run *run, const char *name, unsigned seed)
{
    const VisitorFormat *format = strcmp(name, "json") == 0 ? &json_output
                                : strcmp(name, "ber") == 0 ? &ber_output : &stream_output;
    Memory memory = { 0 };
    Result saved;

    run->seed = seed;
    make_state(run, seed);
    keep(run, SAVED);
    saved = save_as(run, format, NULL, &memory);
    fwrite(memory.bytes, 1, memory.size, stdout);
    free(memory.bytes);
    return saved.error ? 1 : 0;
}

static void open_run(Run *run, const RunPair *pair)
{
    run->pair = pair;
    run->size = pair->before->size;
    run->state = malloc(run->size);
    assert(run->state != NULL && run->size == pair->after->size);
    while (run->slots < (int)ARRAY_SIZE(run->kept)) {
        run->kept[run->slots] = malloc(run->size);
        assert(run->kept[run->slots] != NULL);
        run->slots++;
    }
}

static void close_run(Run *run)
{
    while (run->slots > 0) {
        free(run->kept[--run->slots]);
    }
    free(run->state);
}

static const RunPair *find_pair(const char *name)
{
    const RunPair *pair = run_pairs;

    while (pair->name && strcmp(pair->name, name) != 0) {
        pair++;
    }
    return pair->name ? pair : NULL;
}

static int compare(Run *run, char **argv)
{
    run->hostile = strncmp(argv[1], "all", 3) == 0;
    run->formats = strchr(argv[1], '-') == NULL;
    if (!compare_case(run, (unsigned)atoi(argv[0]))) {
        return 1;
    }
    printf("states=%u loads=%lu bytes=%lu alike=%u\n", run->number, run->loads, run->bytes,
           run->alike);
    return 0;
}

int main(int argc, char **argv)
{
    const RunPair *pair = argc == 5 ? find_pair(argv[2]) : NULL;
    Run run = { 0 };
    int status;

    if (pair == NULL) {
        fprintf(stderr, "usage: runner compare NAME COUNT own|all[-stream] | write NAME FORMAT SEED\n");
        return 2;
    }
    open_run(&run, pair);
    status = strcmp(argv[1], "write") == 0 ? write_state(&run, argv[3], (unsigned)atoi(argv[4]))
                                           : compare(&run, argv + 3);
    close_run(&run);
    return status;
}
