/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the corpus's stream and visitors do at their edges, each in a check of its own. */
#include "qemu-file.h"

#include "hw/hw.h"
#include "migration/visitor-support.h"

#define CHECK(condition) do { \
    if (!(condition)) { \
        printf("line %d: %s\n", __LINE__, #condition); \
        failures++; \
    } \
} while (0)

static int failures;

static Memory text(const char *bytes, size_t size)
{
    return (Memory){ .bytes = (uint8_t *)bytes, .size = size };
}

static QEMUFile *read_as(const VisitorFormat *format, const Memory *memory)
{
    QEMUFile *f = memory_reader(memory);

    stream_set_format(f, format);
    return f;
}

static void check_end_of_stream(void)
{
    Memory three = text("\x12\x34\x56", 3);
    QEMUFile *f = memory_reader(&three);
    uint8_t bytes[4] = { 7, 7, 7, 7 };

    CHECK(qemu_get_be32(f) == 0x12345600);
    CHECK(qemu_file_get_error(f) == -EIO);
    CHECK(qemu_get_byte(f) == 0 && qemu_get_be64(f) == 0);
    CHECK(stream_position(f) == 3);
    qemu_file_set_error(f, -EINVAL);
    CHECK(stream_close(f) == -EIO);

    f = memory_reader(&three);
    CHECK(qemu_get_buffer(f, bytes, 4) == 3 && bytes[2] == 0x56 && bytes[3] == 7);
    CHECK(stream_close(f) == -EIO);
}

static void check_visits_at_the_end(void)
{
    Memory three = text("\x12\x34\x56", 3);
    QEMUFile *f = memory_reader(&three);
    Visitor *v = qemu_file_get_visitor(f);
    Error **errp = qemu_file_get_errp(f);
    uint32_t value = 7;
    bool on = true;

    CHECK(*errp == NULL);
    CHECK(!visit_type_uint32(v, "value", &value, errp) && value == 0x12345600);
    CHECK(*errp != NULL && (*errp)->code == -EIO);
    CHECK(!visit_type_bool(v, "on", &on, errp) && !on);
    CHECK(stream_close(f) == -EIO);
}

/* With an error, reads go on as far as there are bytes, and writes do nothing. */
static void check_errors_stay(void)
{
    Memory two = text("\x01\x02", 2), written = { 0 };
    QEMUFile *f = memory_reader(&two);

    qemu_file_set_error(f, -EPERM);
    CHECK(qemu_get_be16(f) == 0x0102);
    CHECK(stream_close(f) == -EPERM);

    f = memory_writer(&written);
    qemu_put_byte(f, 0x1ff);
    qemu_put_be16(f, 0x12345);
    qemu_file_set_error(f, -EPERM);
    qemu_put_be32(f, 1);
    CHECK(stream_position(f) == 3);
    CHECK(stream_close(f) == -EPERM);
    free(written.bytes);
}

/* Longer than the stream's buffer, so that values and buffers lie across its ends. */
static void check_long_streams(FILE *host)
{
    Memory memory = { 0 };
    uint8_t bytes[300], back[300];
    QEMUFile *f = host ? file_writer(host) : memory_writer(&memory);
    unsigned i;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 7 * i;
        qemu_put_be32(f, 0x01020304 * i);
    }
    qemu_put_buffer(f, bytes, sizeof(bytes));
    CHECK(stream_position(f) == 1500 && stream_close(f) == 0);
    if (host) {
        rewind(host);
    }
    f = host ? file_reader(host) : memory_reader(&memory);
    for (i = 0; i < sizeof(bytes); i++) {
        CHECK(qemu_get_be32(f) == 0x01020304 * i);
    }
    CHECK(qemu_get_buffer(f, back, sizeof(back)) == sizeof(back));
    CHECK(memcmp(bytes, back, sizeof(back)) == 0 && qemu_file_get_error(f) == 0);
    qemu_get_byte(f);
    CHECK(stream_close(f) == -EIO);
    free(memory.bytes);
}

static void check_full_file(void)
{
    FILE *host = fopen("/dev/full", "w");
    QEMUFile *f;

    CHECK(host != NULL);
    setvbuf(host, NULL, _IONBF, 0);
    f = file_writer(host);
    qemu_put_be64(f, 1);
    CHECK(stream_close(f) == -EIO);
    fclose(host);
}

/* A primitive past a visitor of another format is an error, and leaves the text whole. */
static void check_strays(void)
{
    Memory memory = { 0 };
    QEMUFile *f = memory_writer(&memory);

    stream_set_format(f, &json_output);
    qemu_put_byte(f, 1);
    CHECK(stream_strays(f) == 1 && stream_position(f) == 0);
    CHECK(stream_close(f) == -ENOTSUP && memory.size == 0);
    free(memory.bytes);
}

/* What a visit of an int16 called "n" makes of a text. */
static void check_int16(const VisitorFormat *format, const char *bytes, size_t size, int error,
                        int wanted)
{
    Memory memory = text(bytes, size);
    QEMUFile *f = read_as(format, &memory);
    int16_t value = 77;
    bool done = visit_type_int16(qemu_file_get_visitor(f), "n", &value, qemu_file_get_errp(f));

    if (done != (error == 0) || value != wanted || qemu_file_get_error(f) != error) {
        printf("%.*s: %d, error %d\n", (int)size, bytes, value, qemu_file_get_error(f));
        failures++;
    }
    stream_close(f);
}

static void check_json(void)
{
    static const struct { const char *text; int error, value; } cases[] = {
        { "[{\"n\":-5}]", 0, -5 }, { " [ { \"n\" : 12 } ]", 0, 12 }, { "[{\"n\":0}]", 0, 0 },
        { "[{\"n\":65535}]", 0, -1 }, { "[{\"n\":true}]", 0, 1 }, { "[{\"\\u006e\":3}]", 0, 3 },
        { "[{\"n\":65536}]", -EINVAL, 0 }, { "[{\"n\":-32769}]", -EINVAL, 0 },
        { "[{\"n\":99999999999999999999}]", -EINVAL, 0 }, { "[{\"m\":1}]", -EINVAL, 0 },
        { "[{\"nn\":1}]", -EINVAL, 0 }, { "[{\"n\":\"01\"}]", -EINVAL, 0 },
        { "[{\"n\":-}]", -EINVAL, 0 }, { "[]", -EINVAL, 0 }, { "[{\"n\":1", -EIO, 0 },
        { "[{\"n\":1,", -EINVAL, 0 }, { "", -EIO, 0 }, { "[{\"\\u00zz\":3}]", -EINVAL, 0 },
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        check_int16(&json_input, cases[i].text, strlen(cases[i].text), cases[i].error,
                    cases[i].value);
    }
}

#define BER(octets, error, wanted) \
    check_int16(&ber_input, octets, sizeof(octets) - 1, error, wanted)

static void check_ber(void)
{
    BER("\x30\x80\x30\x06\x0c\x01n\x02\x01\xfb", 0, -5);
    BER("\x30\x80\x30\x07\x0c\x01n\x02\x02\x01\x00", 0, 256);
    BER("\x30\x80\x30\x81\x06\x0c\x81\x01n\x02\x01\x07", 0, 7);
    BER("\x30\x80\x30\x08\x0c\x01n\x02\x03\x00\xff\xff", 0, -1);
    BER("\x30\x80\x30\x06\x0c\x01n\x01\x01\xff", 0, 1);
    BER("\x30\x80\x30\x08\x0c\x01n\x02\x03\x01\x00\x00", -EINVAL, 0);
    BER("\x30\x80\x30\x08\x0c\x01n\x02\x03\xff\x7f\xff", -EINVAL, 0);
    BER("\x30\x80\x30\x06\x0c\x01m\x02\x01\x05", -EINVAL, 0);
    BER("\x30\x80\x30\x06\x0c\x01n\x04\x01\x05", -EINVAL, 0);
    BER("\x30\x80\x30\x05\x0c\x01n\x02\x00", -EINVAL, 0);
    BER("\x30\x03\x30\x06\x0c\x01n\x02\x01\x05", -EINVAL, 0);
    BER("\x30\x80\x30\x89\x06", -EINVAL, 0);
    BER("\x30\x80\x30\x06\x0c\x01n\x02", -EIO, 0);
    BER("\x30", -EIO, 0);
}

static void check_buffers(const VisitorFormat *output, const VisitorFormat *input)
{
    Memory memory = { 0 };
    uint8_t bytes[200] = { 1, 2, 0xfe }, back[200] = { 0 };
    QEMUFile *f = memory_writer(&memory);

    stream_set_format(f, output);
    CHECK(visit_type_buffer(qemu_file_get_visitor(f), "b", bytes, 200, NULL) == 200);
    CHECK(stream_close(f) == 0);
    f = read_as(input, &memory);
    CHECK(visit_type_buffer(qemu_file_get_visitor(f), "b", back, 200, NULL) == 200);
    CHECK(memcmp(bytes, back, 200) == 0 && stream_close(f) == 0);
    f = read_as(input, &memory);
    CHECK(visit_type_buffer(qemu_file_get_visitor(f), "b", back, 199, NULL) == 0);
    CHECK(stream_close(f) == -EINVAL);
    free(memory.bytes);
}

int main(void)
{
    FILE *host = tmpfile();

    check_end_of_stream();
    check_visits_at_the_end();
    check_errors_stay();
    check_long_streams(NULL);
    check_long_streams(host);
    check_full_file();
    check_strays();
    check_json();
    check_ber();
    check_buffers(&json_output, &json_input);
    check_buffers(&ber_output, &ber_input);
    fclose(host);
    return failures != 0;
}
