/* SPDX-License-Identifier: GPL-2.0-only */
/* What `configure` would have written for wasm32-wasip1: only what this build uses. */
#define HAVE_DIRENT_H 1
#define HAVE_ERRNO_H 1
#define HAVE_GETOPT_H 1
#define HAVE_INTPTR_T 1
#define HAVE_INTTYPES_H 1
#define HAVE_LIMITS_H 1
#define HAVE_MBSTOWCS 1
#define HAVE_MEMPCPY 1
#define HAVE_POSIX_MEMALIGN 1
#define HAVE_SETJMP_H 1
#define HAVE_SIGNAL_H 1
#define HAVE_SNPRINTF 1
#define HAVE_STDARG_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STPCPY 1
#define HAVE_STRCASECMP 1
#define HAVE_STRDUP 1
#define HAVE_STRINGS_H 1
#define HAVE_STRING_H 1
#define HAVE_STRNLEN 1
#define HAVE_STRPTIME 1
#define HAVE_STRTOULL 1
#define HAVE_STRUCT_STAT_ST_ATIM 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_SYSMACROS_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_TYPE_SSIZE_T 1
#define HAVE_UNISTD_H 1
#define HAVE_VPRINTF 1
#define HAVE_WCHAR_H 1
#define PACKAGE "e2fsprogs"
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_OFF_T 8
#define SIZEOF_SHORT 2
#define SIZEOF_TIME_T 8
#define STDC_HEADERS 1
#define TLS
/* There is no /etc: mke2fs takes its built-in profile. */
#define ROOT_SYSCONFDIR "/etc"

#include "posix_stubs.h"
