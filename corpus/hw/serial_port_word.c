/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same example with a guest_connected of 32 bits on be32: here the visit of its address as
 * uint32 is right, the example's very line.
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "hw/hw.h"
#include "corpus.h"

#define BUS_PORTS 3

typedef struct SerialPort {
    QTAILQ_ENTRY(SerialPort) next;
    uint32_t id;
    uint32_t guest_connected;
    uint32_t host_connected;
} SerialPort;

typedef struct SerialBus {
    uint16_t cols;
    uint16_t rows;
    uint32_t max_nr_ports;
    QTAILQ_HEAD(, SerialPort) ports;
    SerialPort pool[BUS_PORTS];
} SerialBus;

static SerialPort *find_port(SerialBus *bus, uint32_t id)
{
    SerialPort *port;

    QTAILQ_FOREACH(port, &bus->ports, next) {
        if (port->id == id) {
            return port;
        }
    }
    return NULL;
}

static void serial_bus_save(QEMUFile *f, void *opaque)
{
    SerialBus *s = opaque;
    SerialPort *port;
    uint32_t nr_active_ports = 0;

    qemu_put_be16s(f, &s->cols);
    qemu_put_be16s(f, &s->rows);
    qemu_put_be32s(f, &s->max_nr_ports);
    QTAILQ_FOREACH(port, &s->ports, next) {
        nr_active_ports++;
    }
    qemu_put_be32s(f, &nr_active_ports);
    QTAILQ_FOREACH(port, &s->ports, next) {
        qemu_put_be32s(f, &port->id);
        qemu_put_be32(f, port->guest_connected);
        qemu_put_be32(f, port->host_connected);
    }
}

static int serial_bus_load(QEMUFile *f, void *opaque, int version_id)
{
    SerialBus *s = opaque;
    uint32_t nr_active_ports, id;

    if (version_id != 2) {
        return -EINVAL;
    }
    qemu_get_be16s(f, &s->cols);
    qemu_get_be16s(f, &s->rows);
    qemu_get_be32s(f, &s->max_nr_ports);
    qemu_get_be32s(f, &nr_active_ports);
    while (nr_active_ports--) {
        SerialPort *port;

        id = qemu_get_be32(f);
        port = find_port(s, id);
        if (!port) {
            return -EINVAL;
        }
        port->guest_connected = qemu_get_be32(f);
        port->host_connected = qemu_get_be32(f);
    }
    return 0;
}

void serial_bus_init(SerialBus *s)
{
    register_savevm(NULL, "serial-bus", -1, 2, serial_bus_save, serial_bus_load, s);
}

static void serial_bus_random(SerialBus *s, const uint8_t *random, size_t n)
{
    unsigned int i;

    corpus_fill(s, sizeof(*s), random, n);
    QTAILQ_INIT(&s->ports);
    for (i = 0; i < BUS_PORTS; i++) {
        s->pool[i].id = i * 7;
        s->pool[i].guest_connected = random[i % n] & 1;
        s->pool[i].host_connected = random[i % n] >> 7;
        QTAILQ_INSERT_TAIL(&s->ports, &s->pool[i], next);
    }
}

CORPUS_CASE_INIT(SerialBus, serial_bus_save, serial_bus_load, 2, serial_bus_random);
