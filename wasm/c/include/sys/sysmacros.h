/* SPDX-License-Identifier: GPL-2.0-only */
/* Device numbers: wasi-libc has no such macros. */
#define major(dev) ((unsigned)((dev) >> 8) & 0xfff)
#define minor(dev) (((unsigned)(dev) & 0xff) | (((unsigned)((dev) >> 12)) & ~0xffu))
#define makedev(major, minor) (((minor) & 0xff) | (((major) & 0xfff) << 8) | (((minor) & ~0xffu) << 12))
