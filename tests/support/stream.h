/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the trees of the tests declare of a stream; those of buffers differ by era. */
typedef struct QEMUFile QEMUFile;

void qemu_put_byte(QEMUFile *f, int v);
void qemu_put_be16(QEMUFile *f, unsigned int v);
void qemu_put_be32(QEMUFile *f, unsigned int v);
void qemu_put_be64(QEMUFile *f, uint64_t v);
int qemu_get_byte(QEMUFile *f);
unsigned int qemu_get_be16(QEMUFile *f);
unsigned int qemu_get_be32(QEMUFile *f);
uint64_t qemu_get_be64(QEMUFile *f);
int qemu_fclose(QEMUFile *f);
QEMUFile *stream_writer(void);
QEMUFile *stream_reader(const uint8_t *bytes, unsigned size);
const uint8_t *stream_bytes(QEMUFile *f, unsigned *size);
