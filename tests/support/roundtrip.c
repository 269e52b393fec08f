/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Visits of a stream against its primitives, in a tree with its support code. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include ERA_HEADER
#ifdef ERA_QOBJECT
#include ERA_QOBJECT
#endif

#define CHECK(x) \
    do { \
        if (!(x)) { \
            printf("%d: %s\n", __LINE__, #x); \
            exit(1); \
        } \
    } while (0)

#ifdef ERA_RFC
#define VISIT(rfc, plain, p) visit_type_##rfc(v, "n", p, &err)
#define BUFFER(p, n) visit_type_buffer(v, "n", p, n, &err)
#elif defined(ERA_NAME_FIRST)
#define VISIT(rfc, plain, p) visit_type_##plain(v, "n", p, errp)
#define BUFFER(p, n) visit_type_buffer(v, "n", p, n, errp)
#else
#define VISIT(rfc, plain, p) visit_type_##plain(v, p, "n", errp)
#define BUFFER(p, n) visit_type_buffer(v, p, n, "n", errp)
#endif
#ifdef ERA_RFC
#define STREAM(f) \
    Visitor *v = qemu_file_get_visitor(f); \
    Error *err = NULL
#else
#define STREAM(f) \
    Visitor *v = qemu_file_get_visitor(f); \
    Error **errp = qemu_file_get_errp(f)
#endif

typedef struct State {
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
    int8_t e;
    int16_t g;
    int32_t h;
    int64_t i;
    bool j;
    uint8_t k[5];
} State;

static void visit(QEMUFile *f, State *s)
{
    STREAM(f);

    VISIT(u8, uint8, &s->a);
    VISIT(u16, uint16, &s->b);
    VISIT(u32, uint32, &s->c);
    VISIT(u64, uint64, &s->d);
    VISIT(s8, int8, &s->e);
    VISIT(s16, int16, &s->g);
    VISIT(s32, int32, &s->h);
    VISIT(s64, int64, &s->i);
    VISIT(bool, bool, &s->j);
    CHECK(BUFFER(s->k, 5) == 5);
}

static void put(QEMUFile *f, const State *s)
{
    qemu_put_byte(f, s->a);
    qemu_put_be16(f, s->b);
    qemu_put_be32(f, s->c);
    qemu_put_be64(f, s->d);
    qemu_put_byte(f, s->e);
    qemu_put_be16(f, s->g);
    qemu_put_be32(f, s->h);
    qemu_put_be64(f, s->i);
    qemu_put_byte(f, s->j);
    qemu_put_buffer(f, s->k, 5);
}

static void round_trip(const State *state)
{
    QEMUFile *direct = stream_writer(), *visited = stream_writer(), *in;
    State copy = *state, back;
    const uint8_t *expected, *bytes;
    unsigned size, wanted;

    put(direct, state);
    visit(visited, &copy);
    CHECK(!memcmp(&copy, state, sizeof(copy)));
    expected = stream_bytes(direct, &wanted);
    bytes = stream_bytes(visited, &size);
    CHECK(size == wanted && !memcmp(bytes, expected, size));
    in = stream_reader(bytes, size);
    memset(&back, 0x5a, sizeof(back));
    back.j = false;
    visit(in, &back);
    CHECK(back.a == state->a && back.b == state->b && back.c == state->c);
    CHECK(back.d == state->d && back.e == state->e && back.g == state->g);
    CHECK(back.h == state->h && back.i == state->i && back.j == state->j);
    CHECK(!memcmp(back.k, state->k, 5));
    CHECK(!ERA_GET_ERROR(in));
    qemu_fclose(direct);
    qemu_fclose(visited);
    qemu_fclose(in);
}

/* A stream that ends inside a value: the bytes that are there above zeros, then zeros. */
static void short_read(void)
{
    static const uint8_t bytes[] = { 7, 0xab, 0xcd };
    QEMUFile *f = stream_reader(bytes, 3);
    STREAM(f);
    bool on = false;
    uint32_t word = 0xffffffff;
    int64_t late = 99;
    uint8_t buffer[4] = { 1, 2, 3, 4 };

    VISIT(bool, bool, &on);
    CHECK(on);
    CHECK(!ERA_GET_ERROR(f));
    VISIT(u32, uint32, &word);
    CHECK(word == 0xabcd0000);
    CHECK(ERA_GET_ERROR(f));
    VISIT(s64, int64, &late);
    CHECK(late == 0);
    CHECK(BUFFER(buffer, 4) == 0);
    CHECK(buffer[0] == 1);
    CHECK(ERA_GET_ERROR(f));
    qemu_fclose(f);

    f = stream_reader(bytes, 3);
    v = qemu_file_get_visitor(f);
    CHECK(v == qemu_file_get_visitor(f));
    CHECK(qemu_get_byte(f) == 7);
    CHECK(BUFFER(buffer, 4) == 2);
    CHECK(buffer[0] == 0xab && buffer[1] == 0xcd && buffer[2] == 3);
    qemu_fclose(f);
}

#ifdef ERA_MAKE_ERROR
/* An error that somebody leaves in errp becomes the stream's, and nothing is lost or leaked. */
static void errors(void)
{
    QEMUFile *f = stream_writer();
    Error **errp = qemu_file_get_errp(f);

    CHECK(errp && !*errp);
    *errp = ERA_MAKE_ERROR;
    CHECK(ERA_GET_ERROR(f));
    CHECK(!*errp);
    CHECK(ERA_GET_ERROR(f));
    qemu_fclose(f);

    f = stream_writer();
    errp = qemu_file_get_errp(f);
    *errp = ERA_MAKE_ERROR;
    CHECK(qemu_file_get_errp(f) == errp && !*errp);
    *errp = ERA_MAKE_ERROR;
    CHECK(!*qemu_file_get_errp(f));
    CHECK(ERA_GET_ERROR(f));
    *errp = ERA_MAKE_ERROR;
    qemu_fclose(f);
}
#endif

#ifdef ERA_QOBJECT
/* Visits become a list, in their order; the stream gets what is put, and all again afterwards. */
static void list_of_visits(void)
{
    static State state = { 255, 2, 3, UINT64_MAX, -1, INT16_MIN, -3, INT64_MIN, true, { 0, 0xab } };
    static const char *expected =
        "[{\"n\": 255}, {\"n\": 2}, {\"n\": 3}, {\"n\": "
#ifdef ERA_SIGNED
        "-1"
#else
        "18446744073709551615"
#endif
        "}, {\"n\": -1}, {\"n\": -32768}, {\"n\": -3}, {\"n\": -9223372036854775808}, "
        "{\"n\": true}, {\"n\": \"00ab000000\"}]";
    QEMUFile *f = stream_writer();
    State copy = state;
    QObject *list;
    unsigned size;

    qemu_file_start_qobject(f);
    visit(f, &state);
    qemu_put_byte(f, 7);
    list = qemu_file_end_qobject(f);
    CHECK(!strcmp(qobject_text(list), expected));
    CHECK(!memcmp(&copy, &state, sizeof(copy)));
    free(list);
    CHECK(stream_bytes(f, &size)[0] == 7 && size == 1);
    visit(f, &state);
    stream_bytes(f, &size);
    CHECK(size == 1 + 15 + 15 + 1 + 5);

    qemu_file_start_qobject(f);
    list = qemu_file_end_qobject(f);
    CHECK(!strcmp(qobject_text(list), "[]"));
    free(list);
    qemu_fclose(f);
}
#endif

int main(void)
{
    static const State states[] = {
        { 0 },
        { 1, 2, 3, 4, 5, 6, 7, 8, true, { 1, 2, 3, 4, 5 } },
        { UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX, -1, -1, -1, -1, true, { 255 } },
        { 0x80, 0x8000, 0x80000000, 0x8000000000000000, INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN,
          false, { 0x80 } },
        { 0x7f, 0x7fff, 0x7fffffff, 0x7fffffffffffffff, INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX,
          true, { 0x7f } },
    };
    unsigned i;

    for (i = 0; i < sizeof(states) / sizeof(*states); i++) {
        round_trip(&states[i]);
    }
    short_read();
#ifdef ERA_QOBJECT
    list_of_visits();
#endif
#ifdef ERA_MAKE_ERROR
    errors();
#endif
    printf("ok\n");
    return 0;
}
