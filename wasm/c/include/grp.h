/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no groups: e2p prints numbers. */
#ifndef EXT2FS_WASM_GRP_H
#define EXT2FS_WASM_GRP_H
#include <sys/types.h>
struct group {
	char *gr_name;
};
static inline struct group *getgrgid(gid_t gid) { (void)gid; return 0; }
#endif
