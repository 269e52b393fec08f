/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tern UART: two modem lines, a divisor, and a receive FIFO of 16 bytes. */
#include "hw/hw.h"

#define TERN_FIFO 16

typedef struct TernFifo {
    uint8_t data[TERN_FIFO];
    uint8_t head;
    uint8_t count;
} TernFifo;

typedef struct TernUart {
    uint16_t divisor;
    uint8_t line_control;
    uint8_t modem_status;
    bool break_pending;
    TernFifo rx;
    uint32_t baud;
} TernUart;

static void tern_uart_update_baud(TernUart *s)
{
    s->baud = s->divisor ? 115200 / s->divisor : 0;
}

static void tern_uart_save(QEMUFile *f, void *opaque)
{
    TernUart *s = opaque;

    qemu_put_be16s(f, &s->divisor);
    qemu_put_byte(f, s->line_control);
    qemu_put_byte(f, s->modem_status);
    qemu_put_byte(f, s->break_pending);
    qemu_put_byte(f, s->rx.head);
    qemu_put_byte(f, s->rx.count);
    qemu_put_buffer(f, s->rx.data, TERN_FIFO);
}

static int tern_uart_load(QEMUFile *f, void *opaque, int version_id)
{
    TernUart *s = opaque;

    if (version_id < 2 || version_id > 3) {
        return -EINVAL;
    }
    qemu_get_be16s(f, &s->divisor);
    s->line_control = qemu_get_byte(f);
    s->modem_status = qemu_get_byte(f);
    s->break_pending = version_id >= 3 ? qemu_get_byte(f) : false;
    s->rx.head = qemu_get_byte(f) % TERN_FIFO;
    s->rx.count = qemu_get_byte(f);
    if (s->rx.count > TERN_FIFO) {
        return -EINVAL;
    }
    qemu_get_buffer(f, s->rx.data, TERN_FIFO);
    tern_uart_update_baud(s);
    return 0;
}

void tern_uart_init(DeviceState *dev, TernUart *s)
{
    register_savevm(dev, "tern-uart", -1, 3, tern_uart_save, tern_uart_load, s);
}
