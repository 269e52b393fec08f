{% import 'era.inc' as c with context %}
{% import 'qobject.inc' as q with context %}
/*
 * The state of a device as a QObject
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QEMU_FILE_QOBJECT_H
#define QEMU_FILE_QOBJECT_H

#include "{{ header('qemu_put_be32') }}"
#include "{{ header(q.constructor) }}"

/*
 * From here to qemu_file_end_qobject(), what visits @f makes a list: of each
 * visit an object with one member, in their order, as names may come again.
 * A buffer is a string of hexadecimal digits:
 *
 *     [{"level": -3}, {"on": true}, {"page": "00ff"}]
 *
 * What is put into @f without a visit goes to the stream, as ever.
 */
void qemu_file_start_qobject(QEMUFile *f);

/*
 * The list of what visited @f since qemu_file_start_qobject(). It is the
 * caller's, to print with qobject_to_json(). Visits go to the stream again.
 */
QObject *qemu_file_end_qobject(QEMUFile *f);

#endif
