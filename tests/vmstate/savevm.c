/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams, the interpreter of tables, and a program that saves and loads every section at random
 * and prints all that can be seen of it. It prints the same for handlers and for their tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/hw.h"

struct QEMUFile {
    uint8_t *data;
    size_t at, size;
};

void qemu_put_byte(QEMUFile *f, int v)
{
    f->data = realloc(f->data, f->size + 1);
    f->data[f->size++] = v;
}

void qemu_put_be16(QEMUFile *f, unsigned int v)
{
    qemu_put_byte(f, v >> 8);
    qemu_put_byte(f, v);
}

void qemu_put_be32(QEMUFile *f, unsigned int v)
{
    qemu_put_be16(f, v >> 16);
    qemu_put_be16(f, v);
}

void qemu_put_be64(QEMUFile *f, uint64_t v)
{
    qemu_put_be32(f, v >> 32);
    qemu_put_be32(f, v);
}

void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, int size)
{
    for (int i = 0; i < size; i++) {
        qemu_put_byte(f, buf[i]);
    }
}

/* Behind the end every byte is 0. */
int qemu_get_byte(QEMUFile *f)
{
    return f->at < f->size ? f->data[f->at++] : 0;
}

unsigned int qemu_get_be16(QEMUFile *f)
{
    unsigned int v = qemu_get_byte(f) << 8;
    return v | qemu_get_byte(f);
}

unsigned int qemu_get_be32(QEMUFile *f)
{
    unsigned int v = qemu_get_be16(f) << 16;
    return v | qemu_get_be16(f);
}

uint64_t qemu_get_be64(QEMUFile *f)
{
    uint64_t v = (uint64_t)qemu_get_be32(f) << 32;
    return v | qemu_get_be32(f);
}

int qemu_get_buffer(QEMUFile *f, uint8_t *buf, int size)
{
    int got = 0;
    while (got < size && f->at < f->size) {
        buf[got++] = f->data[f->at++];
    }
    return got;
}

void qemu_put_timer(QEMUFile *f, QEMUTimer *ts)
{
    qemu_put_be64(f, ts->expire_time);
}

void qemu_get_timer(QEMUFile *f, QEMUTimer *ts)
{
    ts->expire_time = qemu_get_be64(f);
}

static int get_bool(QEMUFile *f, void *pv, size_t size)
{
    bool *v = pv;
    *v = qemu_get_byte(f);
    return 0;
}

static void put_bool(QEMUFile *f, void *pv, size_t size)
{
    bool *v = pv;
    qemu_put_byte(f, *v);
}

const VMStateInfo vmstate_info_bool = {
    .name = "bool",
    .get = get_bool,
    .put = put_bool,
};

static int get_int8(QEMUFile *f, void *pv, size_t size)
{
    int8_t *v = pv;
    *v = qemu_get_byte(f);
    return 0;
}

static void put_int8(QEMUFile *f, void *pv, size_t size)
{
    int8_t *v = pv;
    qemu_put_byte(f, *v);
}

const VMStateInfo vmstate_info_int8 = {
    .name = "int8",
    .get = get_int8,
    .put = put_int8,
};

static int get_int16(QEMUFile *f, void *pv, size_t size)
{
    int16_t *v = pv;
    *v = qemu_get_be16(f);
    return 0;
}

static void put_int16(QEMUFile *f, void *pv, size_t size)
{
    int16_t *v = pv;
    qemu_put_be16(f, *v);
}

const VMStateInfo vmstate_info_int16 = {
    .name = "int16",
    .get = get_int16,
    .put = put_int16,
};

static int get_int32(QEMUFile *f, void *pv, size_t size)
{
    int32_t *v = pv;
    *v = qemu_get_be32(f);
    return 0;
}

static void put_int32(QEMUFile *f, void *pv, size_t size)
{
    int32_t *v = pv;
    qemu_put_be32(f, *v);
}

const VMStateInfo vmstate_info_int32 = {
    .name = "int32",
    .get = get_int32,
    .put = put_int32,
};

static int get_int64(QEMUFile *f, void *pv, size_t size)
{
    int64_t *v = pv;
    *v = qemu_get_be64(f);
    return 0;
}

static void put_int64(QEMUFile *f, void *pv, size_t size)
{
    int64_t *v = pv;
    qemu_put_be64(f, *v);
}

const VMStateInfo vmstate_info_int64 = {
    .name = "int64",
    .get = get_int64,
    .put = put_int64,
};

static int get_uint8(QEMUFile *f, void *pv, size_t size)
{
    uint8_t *v = pv;
    *v = qemu_get_byte(f);
    return 0;
}

static void put_uint8(QEMUFile *f, void *pv, size_t size)
{
    uint8_t *v = pv;
    qemu_put_byte(f, *v);
}

const VMStateInfo vmstate_info_uint8 = {
    .name = "uint8",
    .get = get_uint8,
    .put = put_uint8,
};

static int get_uint16(QEMUFile *f, void *pv, size_t size)
{
    uint16_t *v = pv;
    *v = qemu_get_be16(f);
    return 0;
}

static void put_uint16(QEMUFile *f, void *pv, size_t size)
{
    uint16_t *v = pv;
    qemu_put_be16(f, *v);
}

const VMStateInfo vmstate_info_uint16 = {
    .name = "uint16",
    .get = get_uint16,
    .put = put_uint16,
};

static int get_uint32(QEMUFile *f, void *pv, size_t size)
{
    uint32_t *v = pv;
    *v = qemu_get_be32(f);
    return 0;
}

static void put_uint32(QEMUFile *f, void *pv, size_t size)
{
    uint32_t *v = pv;
    qemu_put_be32(f, *v);
}

const VMStateInfo vmstate_info_uint32 = {
    .name = "uint32",
    .get = get_uint32,
    .put = put_uint32,
};

static int get_uint64(QEMUFile *f, void *pv, size_t size)
{
    uint64_t *v = pv;
    *v = qemu_get_be64(f);
    return 0;
}

static void put_uint64(QEMUFile *f, void *pv, size_t size)
{
    uint64_t *v = pv;
    qemu_put_be64(f, *v);
}

const VMStateInfo vmstate_info_uint64 = {
    .name = "uint64",
    .get = get_uint64,
    .put = put_uint64,
};

static int get_uint32_equal(QEMUFile *f, void *pv, size_t size)
{
    uint32_t *v = pv;
    return *v == qemu_get_be32(f) ? 0 : -EINVAL;
}

const VMStateInfo vmstate_info_uint32_equal = {
    .name = "uint32 equal",
    .get = get_uint32_equal,
    .put = put_uint32,
};

static int get_timer(QEMUFile *f, void *pv, size_t size)
{
    qemu_get_timer(f, pv);
    return 0;
}

static void put_timer(QEMUFile *f, void *pv, size_t size)
{
    qemu_put_timer(f, pv);
}

const VMStateInfo vmstate_info_timer = {
    .name = "timer",
    .get = get_timer,
    .put = put_timer,
};

static int get_buffer(QEMUFile *f, void *pv, size_t size)
{
    qemu_get_buffer(f, pv, size);
    return 0;
}

static void put_buffer(QEMUFile *f, void *pv, size_t size)
{
    qemu_put_buffer(f, pv, size);
}

const VMStateInfo vmstate_info_buffer = {
    .name = "buffer",
    .get = get_buffer,
    .put = put_buffer,
};

static int get_unused_buffer(QEMUFile *f, void *pv, size_t size)
{
    while (size-- > 0) {
        qemu_get_byte(f);
    }
    return 0;
}

static void put_unused_buffer(QEMUFile *f, void *pv, size_t size)
{
    while (size-- > 0) {
        qemu_put_byte(f, 0);
    }
}

const VMStateInfo vmstate_info_unused_buffer = {
    .name = "unused_buffer",
    .get = get_unused_buffer,
    .put = put_unused_buffer,
};

static void *element(const VMStateField *field, void *opaque, int i)
{
    char *base = (char *)opaque + field->offset;
    if (field->flags & VMS_POINTER) {
        base = *(char **)base;
    }
    return base + field->size * i;
}

static int count_of(const VMStateField *field)
{
    return field->flags & VMS_ARRAY ? field->num : 1;
}

void vmstate_save_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque)
{
    if (vmsd->pre_save) {
        vmsd->pre_save(opaque);
    }
    for (VMStateField *field = vmsd->fields; field->name; field++) {
        for (int i = 0; i < count_of(field); i++) {
            if (field->flags & VMS_STRUCT) {
                vmstate_save_state(f, field->vmsd, element(field, opaque, i));
            } else {
                field->info->put(f, element(field, opaque, i), field->size);
            }
        }
    }
}

int vmstate_load_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque,
                       int version_id)
{
    if (version_id > vmsd->version_id || version_id < vmsd->minimum_version_id) {
        return -EINVAL;
    }
    for (VMStateField *field = vmsd->fields; field->name; field++) {
        for (int i = 0; field->version_id <= version_id && i < count_of(field); i++) {
            void *at = element(field, opaque, i);
            int ret = field->flags & VMS_STRUCT ?
                vmstate_load_state(f, field->vmsd, at, field->vmsd->version_id) :
                field->info->get(f, at, field->size);
            if (ret < 0) {
                return ret;
            }
        }
    }
    return vmsd->post_load ? vmsd->post_load(opaque, version_id) : 0;
}

/* Sections, states and timers of all devices. */
typedef struct Section {
    char name[64];
    int instance_id, version_id;
    SaveStateHandler *save;
    LoadStateHandler *load;
    const VMStateDescription *vmsd;
    void *opaque;
} Section;

typedef struct State {
    uint8_t *data;
    size_t size;
    void (*settle)(void *state, bool hide);
} State;

static Section sections[64];
static State states[64];
static QEMUTimer timers[64];
static int n_sections, n_states, n_timers;

static Section *add_section(const char *idstr, int instance_id, void *opaque)
{
    Section *se = &sections[n_sections++];
    snprintf(se->name, sizeof(se->name), "%s", idstr);
    se->instance_id = instance_id;
    se->opaque = opaque;
    return se;
}

int register_savevm(DeviceState *dev, const char *idstr, int instance_id,
                    int version_id, SaveStateHandler *save_state,
                    LoadStateHandler *load_state, void *opaque)
{
    Section *se = add_section(idstr, instance_id, opaque);
    se->version_id = version_id;
    se->save = save_state;
    se->load = load_state;
    return 0;
}

int vmstate_register(DeviceState *dev, int instance_id,
                     const VMStateDescription *vmsd, void *opaque)
{
    Section *se = add_section(vmsd->name, instance_id, opaque);
    se->version_id = vmsd->version_id;
    se->vmsd = vmsd;
    return 0;
}

static void remove_section(const char *idstr, void *opaque)
{
    for (int i = 0; i < n_sections; i++) {
        if (strcmp(sections[i].name, idstr) == 0 && sections[i].opaque == opaque) {
            memmove(&sections[i], &sections[i + 1],
                    (n_sections - i - 1) * sizeof(sections[0]));
            n_sections--;
            return;
        }
    }
}

void unregister_savevm(DeviceState *dev, const char *idstr, void *opaque)
{
    remove_section(idstr, opaque);
}

void vmstate_unregister(DeviceState *dev, const VMStateDescription *vmsd, void *opaque)
{
    remove_section(vmsd->name, opaque);
}

void *new_state(size_t size, void (*settle)(void *state, bool hide))
{
    State *state = &states[n_states++];
    state->data = calloc(1, size);
    state->size = size;
    state->settle = settle;
    return state->data;
}

QEMUTimer *new_timer(void)
{
    return &timers[n_timers++];
}

void signal_line(const char *line, int level)
{
    printf(" %s=%d", line, level);
}

/* Random states, the same for the same seed. */
static uint64_t random_word(void)
{
    static uint64_t word = 88172645463325252;
    word ^= word << 13;
    word ^= word >> 7;
    word ^= word << 17;
    return word;
}

static void fill(void)
{
    for (int i = 0; i < n_states; i++) {
        for (size_t n = 0; n < states[i].size; n++) {
            states[i].data[n] = random_word();
        }
        states[i].settle(states[i].data, false);
    }
    for (int i = 0; i < n_timers; i++) {
        timers[i].expire_time = random_word();
    }
}

static void show(const uint8_t *data, size_t size)
{
    for (size_t n = 0; n < size; n++) {
        printf("%02x", data[n]);
    }
    printf("\n");
}

static void show_state(void)
{
    for (int i = 0; i < n_states; i++) {
        states[i].settle(states[i].data, true);
        show(states[i].data, states[i].size);
        states[i].settle(states[i].data, false);
    }
    show((uint8_t *)timers, sizeof(timers[0]) * n_timers);
}

static void save(Section *se, QEMUFile *f)
{
    fill();
    printf("save %s %d:", se->name, se->instance_id);
    if (se->vmsd) {
        vmstate_save_state(f, se->vmsd, se->opaque);
    } else {
        se->save(f, se->opaque);
    }
    show(f->data, f->size);
    show_state();
}

static void load(Section *se, QEMUFile *f, int version)
{
    int ret = -EINVAL;
    fill();
    f->at = 0;
    printf("load %s version %d of %zu bytes:", se->name, version, f->size);
    if (version <= se->version_id) {
        ret = se->vmsd ? vmstate_load_state(f, se->vmsd, se->opaque, version)
                       : se->load(f, se->opaque, version);
    }
    printf(" %s at %zu\n", ret < 0 ? "fails" : "is done", ret < 0 ? 0 : f->at);
    show_state();
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < n_sections; i++) {
            QEMUFile f = { NULL, 0, 0 };
            save(&sections[i], &f);
            for (int version = 0; version <= sections[i].version_id + 1; version++) {
                load(&sections[i], &f, version);
            }
            while (f.size > 0) {
                f.size -= 1 + random_word() % f.size;
                load(&sections[i], &f, sections[i].version_id);
            }
            free(f.data);
        }
    }
    return 0;
}
