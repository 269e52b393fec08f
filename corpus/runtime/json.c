/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State as JSON (RFC 8259): an array with one object for each value, in the order of the visits, as
 * names may come again. {"level":-3}, {"on":true}; a buffer is a string of hexadecimal digits.
 */
#include <inttypes.h>

#include "qemu-file.h"

#include "hw/hw.h"

/* The longest number (a sign and 19 digits, or 20 digits) and its end. */
#define NUMBER_SIZE 22

static void put_text(QEMUFile *f, const char *text)
{
    stream_put(f, text, strlen(text));
}

static void put_name(QEMUFile *f, const char *name)
{
    char escaped[8];

    put_text(f, stream_position(f) == 0 ? "[{\"" : ",\n{\"");
    for (; *name; name++) {
        unsigned char byte = *name;

        if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\') {
            snprintf(escaped, sizeof(escaped), "\\u%04x", byte);
            put_text(f, escaped);
        } else {
            stream_put(f, &byte, 1);
        }
    }
    put_text(f, "\":");
}

static bool json_put_integer(QEMUFile *f, const char *name, int bits, bool has_sign,
                             uint64_t *value)
{
    char number[NUMBER_SIZE];

    (void)bits;
    put_name(f, name);
    if (has_sign) {
        snprintf(number, sizeof(number), "%" PRId64, (int64_t)*value);
    } else {
        snprintf(number, sizeof(number), "%" PRIu64, *value);
    }
    put_text(f, number);
    put_text(f, "}");
    return qemu_file_get_error(f) == 0;
}

static bool json_put_boolean(QEMUFile *f, const char *name, bool *value)
{
    put_name(f, name);
    put_text(f, *value ? "true}" : "false}");
    return qemu_file_get_error(f) == 0;
}

static size_t json_put_buffer(QEMUFile *f, const char *name, uint8_t *bytes, size_t size)
{
    char digits[3];
    size_t i;

    put_name(f, name);
    put_text(f, "\"");
    for (i = 0; i < size; i++) {
        snprintf(digits, sizeof(digits), "%02x", bytes[i]);
        put_text(f, digits);
    }
    put_text(f, "\"}");
    return size;
}

static void json_finish(QEMUFile *f)
{
    put_text(f, stream_position(f) == 0 ? "[]\n" : "]\n");
}

/* -- reading: each function gives false, and sets the error, where the text is something else */

static bool wrong(QEMUFile *f)
{
    qemu_file_set_error(f, -EINVAL);
    return false;
}

static bool take(QEMUFile *f, char wanted)
{
    char byte;

    if (qemu_file_get_error(f) || stream_peek(f) != (unsigned char)wanted) {
        return wrong(f);
    }
    return stream_get(f, &byte, 1) == 1;
}

/* The next byte that is no white space stays in the stream. */
static int peek_token(QEMUFile *f)
{
    char space;

    while (stream_peek(f) == ' ' || stream_peek(f) == '\n') {
        stream_get(f, &space, 1);
    }
    return stream_peek(f);
}

static bool take_token(QEMUFile *f, char wanted)
{
    peek_token(f);
    return take(f, wanted);
}

static bool take_word(QEMUFile *f, const char *word)
{
    while (*word && take(f, *word)) {
        word++;
    }
    return *word == 0;
}

static int hex_value(int digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit > 0 ? strchr(digits, digit) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* `count` digits, high first. */
static bool take_hex(QEMUFile *f, int count, unsigned *value)
{
    *value = 0;
    for (; count > 0; count--) {
        int digit = stream_peek(f);

        if (hex_value(digit) < 0) {
            return wrong(f);
        }
        *value = *value << 4 | (unsigned)hex_value(digit);
        take(f, (char)digit);
    }
    return true;
}

/* One character of a name: itself, or as \uXXXX. */
static bool take_character(QEMUFile *f, unsigned char wanted)
{
    unsigned code;

    if (stream_peek(f) != '\\') {
        return take(f, (char)wanted);
    }
    return take_word(f, "\\u") && take_hex(f, 4, &code) && (code == wanted || wrong(f));
}

static bool take_name(QEMUFile *f, const char *name)
{
    if (qemu_file_get_error(f) || !take_token(f, stream_position(f) == 0 ? '[' : ',') ||
        !take_token(f, '{') || !take_token(f, '"')) {
        return false;
    }
    while (*name && take_character(f, (unsigned char)*name)) {
        name++;
    }
    return *name == 0 && take(f, '"') && take_token(f, ':');
}

/* The digits of a number as far as 64 bits go. */
static bool take_digits(QEMUFile *f, uint64_t *value)
{
    bool any = false;
    int digit;

    for (*value = 0; (digit = stream_peek(f)) >= '0' && digit <= '9'; any = true) {
        if (__builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (unsigned)(digit - '0'), value)) {
            return wrong(f);
        }
        take(f, (char)digit);
    }
    return any || wrong(f);
}

static bool take_number(QEMUFile *f, int bits, uint64_t *value)
{
    bool negative = peek_token(f) == '-';

    if ((negative && !take(f, '-')) || !take_digits(f, value)) {
        return false;
    }
    negative = negative && *value != 0;
    if (negative) {
        *value = -*value;
    }
    return integer_fits(negative, *value, bits) || wrong(f);
}

/* A save may know a byte as a bool that a load knows as a number, and the other way round. */
static bool take_value(QEMUFile *f, int bits, uint64_t *value)
{
    int first = peek_token(f);

    if (first == 't' || first == 'f') {
        *value = first == 't';
        return take_word(f, first == 't' ? "true" : "false");
    }
    return take_number(f, bits, value);
}

static bool json_get_integer(QEMUFile *f, const char *name, int bits, bool has_sign,
                             uint64_t *value)
{
    (void)has_sign;
    *value = 0;
    if (take_name(f, name) && take_value(f, bits, value) && take_token(f, '}')) {
        return true;
    }
    *value = 0;
    return false;
}

static bool json_get_boolean(QEMUFile *f, const char *name, bool *value)
{
    uint64_t number;
    bool done = json_get_integer(f, name, 8, false, &number);

    *value = number != 0;
    return done;
}

static size_t json_get_buffer(QEMUFile *f, const char *name, uint8_t *bytes, size_t size)
{
    size_t done;
    unsigned byte;

    if (!take_name(f, name) || !take_token(f, '"')) {
        return 0;
    }
    for (done = 0; done < size && take_hex(f, 2, &byte); done++) {
        bytes[done] = byte;
    }
    return done == size && take(f, '"') && take_token(f, '}') ? size : 0;
}

const VisitorFormat json_output = {
    .integer = json_put_integer, .boolean = json_put_boolean, .buffer = json_put_buffer,
    .finish = json_finish,
};

const VisitorFormat json_input = {
    .input = true,
    .integer = json_get_integer, .boolean = json_get_boolean, .buffer = json_get_buffer,
};
