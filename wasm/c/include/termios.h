/* SPDX-License-Identifier: GPL-2.0-only */
/* Included by e2fsprogs; nothing of it is used in this build. */
