/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A write-back cache of 4 KiB pages between libext2fs and the device, addressed by byte offset.
 * Callers keep every range within the device (device_size()).
 */
#ifndef EXT2FS_WASM_PAGE_CACHE_H
#define EXT2FS_WASM_PAGE_CACHE_H

#include <stdint.h>

/* All three return 0 or ENOMEM. */
int page_cache_read(uint64_t offset, uint64_t length, void *target);
int page_cache_write(uint64_t offset, uint64_t length, const void *source);
int page_cache_zero(uint64_t offset, uint64_t length);

/* Writes all dirty pages to the device, in order of offset and joined into large writes. */
void page_cache_flush(void);

#endif
