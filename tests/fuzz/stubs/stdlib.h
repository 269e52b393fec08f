/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STUB_STDLIB_H
#define STUB_STDLIB_H
#include <stddef.h>
void *malloc(size_t size);
void *calloc(size_t number, size_t size);
void *realloc(void *old, size_t size);
void free(void *old);
void abort(void);
void exit(int status);
int abs(int number);
long labs(long number);
int atoi(const char *text);
#endif
