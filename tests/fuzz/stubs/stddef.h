/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STUB_STDDEF_H
#define STUB_STDDEF_H
typedef unsigned long size_t;
typedef long ptrdiff_t;
typedef int wchar_t;
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
