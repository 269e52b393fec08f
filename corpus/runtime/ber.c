/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State as ASN.1 in the basic encoding rules (X.690): a SEQUENCE of indefinite length, and in it
 * for each value, in the order of the visits, SEQUENCE { name UTF8String, value INTEGER, BOOLEAN or
 * OCTET STRING } of definite length.
 */
#include "qemu-file.h"

#include "hw/hw.h"

enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_OCTET_STRING = 0x04,
    TAG_UTF8_STRING = 0x0c,
    TAG_SEQUENCE = 0x30,        /* with the bit of a constructed encoding */
};

static const uint8_t opening[] = { TAG_SEQUENCE, 0x80 };
static const uint8_t ending[] = { 0, 0 };

/* The octets of a length, after its first one where there are several: X.690, 8.1.3. */
static int length_octets(size_t length)
{
    int octets = 0;

    if (length >= 0x80) {
        for (octets = 1; octets < 8 && length >> (8 * octets); octets++) {
        }
    }
    return octets;
}

static void put_header(QEMUFile *f, int tag, size_t length)
{
    int octets = length_octets(length);
    uint8_t header[2] = { tag, octets ? 0x80 | octets : (int)length };

    stream_put(f, header, sizeof(header));
    while (octets-- > 0) {
        uint8_t octet = length >> (8 * octets);

        stream_put(f, &octet, 1);
    }
}

static void put_element(QEMUFile *f, int tag, const void *octets, size_t length)
{
    put_header(f, tag, length);
    stream_put(f, octets, length);
}

static size_t element_size(size_t length)
{
    return 2 + length_octets(length) + length;
}

static void put_named(QEMUFile *f, const char *name, int tag, const void *octets, size_t length)
{
    size_t named = strlen(name);

    if (stream_position(f) == 0) {
        stream_put(f, opening, sizeof(opening));
    }
    put_header(f, TAG_SEQUENCE, element_size(named) + element_size(length));
    put_element(f, TAG_UTF8_STRING, name, named);
    put_element(f, tag, octets, length);
}

static bool ber_put_integer(QEMUFile *f, const char *name, int bits, bool has_sign,
                            uint64_t *value)
{
    bool negative = has_sign && (int64_t)*value < 0;
    uint8_t octets[9] = { negative ? 0xff : 0 };
    int i, first = 0;

    (void)bits;
    for (i = 0; i < 8; i++) {
        octets[1 + i] = *value >> (56 - 8 * i);
    }
    /* the first nine bits of the contents must not be alike: X.690, 8.3.2 */
    while (first < 8 && octets[first] == (negative ? 0xff : 0) &&
           octets[first] >> 7 == octets[first + 1] >> 7) {
        first++;
    }
    put_named(f, name, TAG_INTEGER, octets + first, sizeof(octets) - first);
    return qemu_file_get_error(f) == 0;
}

static bool ber_put_boolean(QEMUFile *f, const char *name, bool *value)
{
    uint8_t octet = *value ? 0xff : 0;

    put_named(f, name, TAG_BOOLEAN, &octet, 1);
    return qemu_file_get_error(f) == 0;
}

static size_t ber_put_buffer(QEMUFile *f, const char *name, uint8_t *bytes, size_t size)
{
    put_named(f, name, TAG_OCTET_STRING, bytes, size);
    return size;
}

static void ber_finish(QEMUFile *f)
{
    if (stream_position(f) == 0) {
        stream_put(f, opening, sizeof(opening));
    }
    stream_put(f, ending, sizeof(ending));
}

/* -- reading: each function gives false, and sets the error, where the octets are something else */

static bool wrong(QEMUFile *f)
{
    qemu_file_set_error(f, -EINVAL);
    return false;
}

static bool take_octet(QEMUFile *f, uint8_t *octet)
{
    return !qemu_file_get_error(f) && stream_get(f, octet, 1) == 1;
}

static bool take_length(QEMUFile *f, size_t *length)
{
    uint8_t octet = 0;
    int octets;

    if (!take_octet(f, &octet)) {
        return false;
    }
    *length = octet & 0x7f;
    if (octet < 0x80) {
        return true;
    }
    octets = (int)*length;
    if (octets == 0 || octets > (int)sizeof(*length)) {
        return wrong(f);
    }
    for (*length = 0; octets > 0 && take_octet(f, &octet); octets--) {
        *length = *length << 8 | octet;
    }
    return octets == 0;
}

static bool take_header(QEMUFile *f, int tag, size_t *length)
{
    uint8_t octet;

    return take_octet(f, &octet) && (octet == tag || wrong(f)) && take_length(f, length);
}

static bool take_opening(QEMUFile *f)
{
    uint8_t octets[2];

    return stream_position(f) > 0 || (stream_get(f, octets, 2) == 2 &&
                                      (memcmp(octets, opening, 2) == 0 || wrong(f)));
}

/* Reads up to the value of the next element, which must be called `name`. */
static bool take_name(QEMUFile *f, const char *name)
{
    size_t length, named = strlen(name);
    uint8_t octet;

    if (qemu_file_get_error(f) || !take_opening(f) || !take_header(f, TAG_SEQUENCE, &length) ||
        !take_header(f, TAG_UTF8_STRING, &length)) {
        return false;
    }
    if (length != named) {
        return wrong(f);
    }
    for (; *name; name++) {
        if (!take_octet(f, &octet) || octet != (uint8_t)*name) {
            return wrong(f);
        }
    }
    return true;
}

/* The contents of an INTEGER: nine octets where the first only says that there is no sign. */
static bool take_contents(QEMUFile *f, size_t length, int bits, uint64_t *value)
{
    uint8_t octets[9] = { 0 };
    bool negative;
    size_t i;

    if (length == 0 || length > sizeof(octets) || stream_get(f, octets, length) != length ||
        (length == sizeof(octets) && octets[0] != 0)) {
        return wrong(f);
    }
    negative = octets[0] >> 7;
    *value = negative ? UINT64_MAX : 0;
    for (i = 0; i < length; i++) {
        *value = *value << 8 | octets[i];
    }
    return integer_fits(negative, *value, bits) || wrong(f);
}

/* A save may know a byte as a BOOLEAN that a load knows as a number, and the other way round. */
static bool take_value(QEMUFile *f, int bits, uint64_t *value)
{
    uint8_t tag, octet;
    size_t length;

    if (!take_octet(f, &tag) || !take_length(f, &length)) {
        return false;
    }
    if (tag == TAG_INTEGER) {
        return take_contents(f, length, bits, value);
    }
    if (tag != TAG_BOOLEAN || length != 1) {
        return wrong(f);
    }
    *value = take_octet(f, &octet) && octet != 0;
    return qemu_file_get_error(f) == 0;
}

static bool ber_get_integer(QEMUFile *f, const char *name, int bits, bool has_sign,
                            uint64_t *value)
{
    (void)has_sign;
    *value = 0;
    if (take_name(f, name) && take_value(f, bits, value)) {
        return true;
    }
    *value = 0;
    return false;
}

static bool ber_get_boolean(QEMUFile *f, const char *name, bool *value)
{
    uint64_t number;
    bool done = ber_get_integer(f, name, 8, false, &number);

    *value = number != 0;
    return done;
}

static size_t ber_get_buffer(QEMUFile *f, const char *name, uint8_t *bytes, size_t size)
{
    size_t length;

    if (!take_name(f, name) || !take_header(f, TAG_OCTET_STRING, &length)) {
        return 0;
    }
    if (length != size) {
        wrong(f);
        return 0;
    }
    return stream_get(f, bytes, size);
}

const VisitorFormat ber_output = {
    .integer = ber_put_integer, .boolean = ber_put_boolean, .buffer = ber_put_buffer,
    .finish = ber_finish,
};

const VisitorFormat ber_input = {
    .input = true,
    .integer = ber_get_integer, .boolean = ber_get_boolean, .buffer = ber_get_buffer,
};
