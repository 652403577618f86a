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
	struct byte_range *extents;	/* in order of the file's bytes */
	uint32_t block_size;
	double free_blocks;
	uint32_t free_inodes;
	uint32_t list_length;
	unsigned char *list;		/* writer_list: (u32 inode, u8 length, name) for each entry */
};

struct byte_range {
	double position;	/* in the file */
	double offset;		/* on the device */
	double length;
};

/* Blocks of a file that follow each other in the file and on the device. */
struct block_range {
	blk64_t logical;
	blk64_t start;
	blk64_t count;
};

struct block_ranges {
	struct block_range *items;
	size_t count;
	size_t capacity;
};

extern struct writer_result writer_result;
extern ext2_filsys writer_fs;

/* Seconds and nanoseconds of an inode time; the range of ext4 is 1901 to 2446. */
struct timestamp {
	int64_t seconds;
	uint32_t nanoseconds;
};

/* writer_blocks.c */
errcode_t ranges_push(struct block_ranges *ranges, struct block_range added);
void ranges_free(struct block_ranges *ranges);
blk64_t ranges_take(struct block_ranges *ranges, size_t *at);
errcode_t blocks_allocate(blk64_t logical, blk64_t count, struct block_ranges *ranges);
void blocks_release(const struct block_ranges *ranges);

/* writer_extents.c */
blk64_t extents_tree_blocks(blk64_t count);
blk64_t extents_map_blocks(const struct block_ranges *ranges);
errcode_t extents_map(ext2_ino_t ino, struct ext2_inode *inode, const struct block_ranges *ranges,
		      struct block_ranges *meta);

/* writer_blockmap.c */
blk64_t blockmap_blocks(const struct block_ranges *ranges);
errcode_t blockmap_map(struct ext2_inode *inode, const struct block_ranges *ranges, struct block_ranges *meta);

/* writer_content.c */
errcode_t content_map(ext2_ino_t ino, struct ext2_inode *inode, const struct block_ranges *placed);
errcode_t content_create(ext2_ino_t ino, struct ext2_inode *inode, uint64_t size, const struct block_ranges *data,
			 struct block_ranges *placed);

/* writer_inode.c: the buffer holds one inode of the file system's inode size. */
struct ext2_inode_large *inode_buffer(void);
errcode_t inode_read(ext2_ino_t ino, struct ext2_inode_large *inode);
errcode_t inode_write(ext2_ino_t ino, struct ext2_inode_large *inode);
errcode_t inode_allocate(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, struct timestamp mtime,
			 ext2_ino_t *ino, struct ext2_inode_large **result);
errcode_t inode_release(ext2_ino_t ino, unsigned mode);
uint32_t metadata_checksum(ext2_ino_t ino, uint32_t generation, const void *data, size_t length);

/* writer_directory.c */
errcode_t directory_flush(void);
void directory_forget(ext2_ino_t ino);

#endif
