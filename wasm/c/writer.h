/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fill API: an open file system that the host adds inodes and names to. One per instance.
 *
 * The host creates an inode in steps, so that a failure in any of them leaves a consistent file system:
 *   writer_reserve(parent, name length)    room for the name
 *   writer_create_*(…)                     the inode and its blocks
 *   writer_xattr_*(…)                      extended attributes
 *   writer_add_name(parent, inode, …)      the name; cannot run out of space after writer_reserve
 * After a failure in step 3 it calls writer_discard(inode).
 * Functions return 0, an EXT2_ET_* code or an errno; results are in `writer_result`.
 */
#ifndef EXT2FS_WASM_WRITER_H
#define EXT2FS_WASM_WRITER_H

#include "config.h"

#include <stdint.h>

#include "ext2fs/ext2_fs.h"
#include "ext2fs/ext2fs.h"
#include "ext2fs/ext2fsP.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* Read by the host: wasm/src/writer-exports.ts has the same offsets. */
struct writer_result {
	uint32_t inode;
	uint32_t extent_count;
	struct byte_range *extents;	/* physical, in order of the file's bytes */
	uint32_t block_size;
	double free_blocks;
	uint32_t free_inodes;
	uint32_t list_length;
	unsigned char *list;		/* writer_list: (u32 inode, u8 length, name) for each entry */
};

struct byte_range {
	double offset;
	double length;
};

struct block_range {
	blk64_t start;
	blk64_t count;
};

extern struct writer_result writer_result;
extern ext2_filsys writer_fs;

/* Seconds and nanoseconds of an inode time; the range of ext4 is 1901 to 2446. */
struct timestamp {
	int64_t seconds;
	uint32_t nanoseconds;
};

/* writer_blocks.c */
errcode_t blocks_allocate(blk64_t count, struct block_range **ranges, size_t *range_count);
void blocks_release(const struct block_range *ranges, size_t range_count);
errcode_t blocks_map(ext2_ino_t ino, struct ext2_inode *inode, const struct block_range *ranges,
		     size_t range_count);
errcode_t blocks_append(ext2_ino_t ino, struct ext2_inode *inode, blk64_t logical, blk64_t *block);

/* writer_inode.c: the buffer holds one inode of the file system's inode size. */
struct ext2_inode_large *inode_buffer(void);
errcode_t inode_read(ext2_ino_t ino, struct ext2_inode_large *inode);
errcode_t inode_write(ext2_ino_t ino, struct ext2_inode_large *inode);

/* writer_directory.c */
errcode_t directory_flush(void);
void directory_forget(ext2_ino_t ino);

#endif
