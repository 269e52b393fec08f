/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiles files of cases in memory with libtcc and runs them, in a process that is forked from this
 * one. A request is a line of words parted by tabs, as is its answer: a word, and what was said.
 *
 *     check NAME               "ok", or "rejected" and what the compiler says
 *     compare NAME DIALECT N   case N of a file that defines `corpus_case_N`: "same", "differs" and
 *                              how, or "undefined" where the case before differs from itself on
 *                              another stack
 *     all NAME DIALECT COUNT   all cases of a file, in one process: "same", or "rejected", "refused"
 *                              (what the compiler says of the file after), or "differs"
 *
 *     swift BEFORE RUNTIME STUBS STATES DIALECT=AFTER...
 *
 * BEFORE and AFTER are trees with include/ and lib/core.c; NAME is a file's path in both. STUBS holds
 * short headers in place of the C library's.
 */
#define _GNU_SOURCE
#define main runner_main
#include "runner.c"
#undef main

#include <libtcc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 8
#define SAID 4000
#define MEMORY (1ul << 30)
#define STACK 6000
#define LONGEST 4096           /* of a path */
#define MAX_FUNCTIONS 64

/* The functions of lib/core.c, as a case of this side calls them. */
typedef struct Side {
    const char *dialect;        /* NULL: before */
    const char *root;
    const char *names[MAX_FUNCTIONS];
    const void *at[MAX_FUNCTIONS];
    int functions;
} Side;

static Side sides[WORDS];
static int n_sides;
static const char *runtime, *stubs, *count;
static char *said;              /* shared with the process that runs a case */

/* The pair that runner.c looks for. */
static CorpusCase pair_sides[2];
const RunPair run_pairs[] = { { "case", &pair_sides[0], &pair_sides[1] }, { NULL, NULL, NULL } };

static void keep_said(void *opaque, const char *message)
{
    (void)opaque;
    if (strstr(message, "warning:") == NULL && said[0] == '\0') {
        snprintf(said, SAID, "%s", message);
    }
}

static TCCState *new_state(const Side *side, const char *name)
{
    TCCState *state = tcc_new();
    char path[LONGEST], macro[64];

    tcc_set_error_func(state, NULL, keep_said);
    tcc_set_options(state, "-std=gnu99 -w");
    tcc_set_output_type(state, TCC_OUTPUT_MEMORY);
    snprintf(path, sizeof(path), "%s/include", side->root);
    tcc_add_include_path(state, path);
    tcc_add_include_path(state, stubs);
    if (side->dialect) {
        tcc_add_include_path(state, runtime);
        snprintf(macro, sizeof(macro), "CORPUS_DIALECT_%s", side->dialect);
        tcc_define_symbol(state, macro, "1");
        if (strncmp(name, "target/", 7) == 0) {
            snprintf(path, sizeof(path), "%s/%s", side->root, name);
            *strrchr(path, '/') = '\0';
            tcc_add_include_path(state, path);
            tcc_define_symbol(state, "CORPUS_TARGET", "1");
        }
    }
    return state;
}

/* Compiles a file of a side; gives NULL, and says why, where that fails. */
static TCCState *compiled(const Side *side, const char *name)
{
    TCCState *state = new_state(side, name);
    char text[2 * LONGEST];

    snprintf(text, sizeof(text), "%s#include \"%s/%s\"\n",
             side->dialect ? "#include \"after.h\"\n" : "", side->root, name);
    if (tcc_compile_string(state, text) == 0) {
        return state;
    }
    if (said[0] == '\0') {
        strcpy(said, "the compiler fails");
    }
    return NULL;
}

static bool relocated(TCCState *state)
{
    return tcc_relocate(state, TCC_RELOCATE_AUTO) == 0;
}

static void note_function(void *opaque, const char *name, const void *at)
{
    Side *side = opaque;

    if (name[0] == '_') {
        return;                 /* the linker's own */
    }
    assert(side->functions < MAX_FUNCTIONS);
    side->names[side->functions] = strdup(name);
    side->at[side->functions++] = at;
}

static void open_side(const char *dialect, const char *root)
{
    Side *side = &sides[n_sides++];
    TCCState *state;

    side->dialect = dialect;
    side->root = root;
    state = compiled(side, "lib/core.c");
    assert(state != NULL && relocated(state));
    tcc_list_symbols(state, side, note_function);
}

/* Compiles and links a file of a side. */
static TCCState *built(const Side *side, const char *name)
{
    TCCState *state = compiled(side, name);
    int i;

    if (state == NULL) {
        return NULL;
    }
    for (i = 0; i < side->functions; i++) {
        tcc_add_symbol(state, side->names[i], side->at[i]);
    }
    return relocated(state) ? state : NULL;
}

/* -- what a variable that was never set holds, is this side's pattern */

static const CorpusCase *real[2];
static int pattern[2];

static __attribute__((noinline)) void paint(int byte)
{
    volatile uint8_t stack[STACK];

    memset((void *)stack, byte, sizeof(stack));
}

#define SIDE(n) \
    static void save_##n(QEMUFile *f, void *opaque) \
    { \
        paint(pattern[n]); \
        real[n]->save(f, opaque); \
    } \
    static int load_##n(QEMUFile *f, void *opaque, int version) \
    { \
        paint(pattern[n]); \
        return real[n]->load(f, opaque, version); \
    }
SIDE(0)
SIDE(1)

static void choose_side(int n, const CorpusCase *chosen, int byte)
{
    real[n] = chosen;
    pattern[n] = byte;
    pair_sides[n] = *chosen;
    if (chosen->save) {
        pair_sides[n].save = n ? save_1 : save_0;
    }
    if (chosen->load) {
        pair_sides[n].load = n ? load_1 : load_0;
    }
}

/* -- the process of one case */

enum { SAME, DIFFERS, REJECTED, REFUSED };

static int run_case(TCCState *before, TCCState *after, int number, int byte, const char *mode)
{
    char *argv[] = { "runner", "compare", "case", (char *)count, (char *)mode, NULL };
    const CorpusCase *old, *new;
    char hook[32];

    snprintf(hook, sizeof(hook), "corpus_case_%d", number);
    old = tcc_get_symbol(before, hook);
    new = tcc_get_symbol(after, hook);
    if (old == NULL) {
        return REJECTED;
    }
    if (new == NULL || new->size != old->size) {
        return REFUSED;
    }
    choose_side(0, old, 0);
    choose_side(1, new, byte);
    return runner_main(5, argv) == 0 ? SAME : DIFFERS;
}

/* A side with itself is compared on another stack. */
static int compare_sides(const char *name, const Side *other, int from, int to, const char *mode)
{
    TCCState *before = built(&sides[0], name), *after;
    int status = SAME;

    if (before == NULL) {
        return REJECTED;
    }
    after = built(other, name);
    if (after == NULL) {
        return REFUSED;
    }
    while (status == SAME && from < to) {
        status = run_case(before, after, from++, other == &sides[0] ? 0xa5 : 0, mode);
    }
    return status;
}

static void limit(unsigned seconds)
{
    struct rlimit memory = { MEMORY, MEMORY }, time = { seconds, seconds }, core = { 0, 0 };
    int sink = memfd_create("said", 0);

    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &core);
    alarm(20 * seconds);
    dup2(sink, STDOUT_FILENO);
    dup2(sink, STDERR_FILENO);
}

static void take_output(void)
{
    ssize_t size;

    fflush(stdout);
    size = pread(STDOUT_FILENO, said, SAID - 1, 0);
    said[size > 0 ? size : 0] = '\0';
}

/* Runs in a process of its own; -1 where that crashes or does not end. */
static int apart(const char *name, const Side *after, int from, int to, const char *mode)
{
    int status = 0;
    pid_t child;

    said[0] = '\0';
    fflush(NULL);
    child = fork();
    if (child == 0) {
        limit(2);
        status = compare_sides(name, after, from, to, mode);
        if (status == DIFFERS) {
            take_output();
        }
        _exit(status);
    }
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) <= REFUSED) {
        return WEXITSTATUS(status);
    }
    snprintf(said, SAID, "ends by signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return -1;
}

static const char *const words[] = { "same", "differs", "rejected", "refused" };

static const char *compare_all(const char *name, const Side *after, int cases)
{
    int status = apart(name, after, 0, cases, "all-stream");

    return words[status < 0 ? DIFFERS : status];
}

static const char *compare_one(const char *name, const Side *after, int number)
{
    static const char *const modes[] = { "all-stream", "own-stream" };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(modes); i++) {
        char how[SAID];
        int status = apart(name, after, number, number + 1, modes[i]);

        if (status == SAME || status == REJECTED || status == REFUSED) {
            return words[status];
        }
        strcpy(how, said);
        if (apart(name, &sides[0], number, number + 1, modes[i]) == SAME) {
            strcpy(said, how);
            return "differs";
        }
    }
    return "undefined";
}

static const char *check_case(const char *name)
{
    int status = 0;
    pid_t child;

    said[0] = '\0';
    fflush(NULL);
    child = fork();
    if (child == 0) {
        limit(2);
        _exit(compiled(&sides[0], name) ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "ok" : "rejected";
}

static const Side *find_side(const char *dialect)
{
    int i;

    for (i = 1; i < n_sides; i++) {
        if (strcmp(sides[i].dialect, dialect) == 0) {
            return &sides[i];
        }
    }
    return NULL;
}

static const char *answer(char *line)
{
    const char *command = strtok(line, "\t\n"), *name = strtok(NULL, "\t\n");
    const char *dialect = strtok(NULL, "\t\n"), *number = strtok(NULL, "\t\n");

    assert(command && name);
    if (number == NULL) {
        return check_case(name);
    }
    return strcmp(command, "all") == 0 ? compare_all(name, find_side(dialect), atoi(number))
                                       : compare_one(name, find_side(dialect), atoi(number));
}

int main(int argc, char **argv)
{
    char line[2 * LONGEST];
    int i;

    said = mmap(NULL, SAID, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(argc > 5 && said != MAP_FAILED);
    runtime = argv[2];
    stubs = argv[3];
    count = argv[4];
    open_side(NULL, argv[1]);
    for (i = 5; i < argc; i++) {
        char *mark = strchr(argv[i], '=');

        assert(mark != NULL);
        *mark = '\0';
        open_side(argv[i], mark + 1);
    }
    while (fgets(line, sizeof(line), stdin)) {
        printf("%s\t", answer(line));
        for (i = 0; said[i]; i++) {
            putchar(said[i] == '\n' || said[i] == '\t' ? ' ' : said[i]);
        }
        putchar('\n');
        fflush(stdout);
    }
    return 0;
}
