/* SPDX-License-Identifier: GPL-2.0-only */
/* The few names of libblkid that mke2fs and e2fsck use; platform.c defines them. */
#ifndef EXT2FS_WASM_BLKID_H
#define EXT2FS_WASM_BLKID_H
#include <sys/types.h>
typedef struct blkid_struct_cache *blkid_cache;
int blkid_get_cache(blkid_cache *cache, const char *filename);
void blkid_put_cache(blkid_cache cache);
char *blkid_get_devname(blkid_cache cache, const char *token, const char *value);
char *blkid_devno_to_devname(dev_t devno);
#endif
