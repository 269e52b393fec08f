/* SPDX-License-Identifier: GPL-2.0-or-later */
extern int *__errno_location(void);
#define errno (*__errno_location())
#define EPERM 1
#define ENOENT 2
#define EIO 5
#define ENOMEM 12
#define EFAULT 14
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define EPROTO 71
#define ENOTSUP 95
