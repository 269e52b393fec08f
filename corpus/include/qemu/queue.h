/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two linked lists whose loops are macros followed by a block. */
#ifndef CORPUS_QEMU_QUEUE_H
#define CORPUS_QEMU_QUEUE_H

#define QLIST_HEAD(tag, node) struct tag { struct node *lh_head; }
#define QLIST_ENTRY(node) struct { struct node *le_after; }
#define QLIST_INIT(list) do { (list)->lh_head = NULL; } while (0)
#define QLIST_INSERT_HEAD(list, item, link) do { \
    (item)->link.le_after = (list)->lh_head; \
    (list)->lh_head = (item); \
} while (0)
#define QLIST_FOREACH(cursor, list, link) \
    for (cursor = (list)->lh_head; cursor != NULL; cursor = cursor->link.le_after)

#define QTAILQ_HEAD(tag, node) struct tag { struct node *qh_head, **qh_end; }
#define QTAILQ_ENTRY(node) struct { struct node *qe_after; }
#define QTAILQ_INIT(queue) do { \
    (queue)->qh_head = NULL; \
    (queue)->qh_end = &(queue)->qh_head; \
} while (0)
#define QTAILQ_INSERT_TAIL(queue, item, link) do { \
    (item)->link.qe_after = NULL; \
    *(queue)->qh_end = (item); \
    (queue)->qh_end = &(item)->link.qe_after; \
} while (0)
#define QTAILQ_FOREACH(cursor, queue, link) \
    for (cursor = (queue)->qh_head; cursor != NULL; cursor = cursor->link.qe_after)

#endif
