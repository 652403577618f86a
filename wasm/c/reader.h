/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The read API: an open file system that the host looks around in. One per instance; nothing is written.
 *
 * Functions return 0, an EXT2_ET_* code or an errno. What they found lies in `reader_result`, valid until the
 * next call.
 */
#ifndef EXT2FS_WASM_READER_H
#define EXT2FS_WASM_READER_H

#include "config.h"

#include <stdint.h>

#include "ext2fs/ext2_fs.h"
#include "ext2fs/ext2fs.h"
#include "ext2fs/ext2fsP.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* Read by the host: wasm/src/reader-instance.ts and reader-records.ts have the same offsets. */
struct reader_result {
	uint32_t inode;
	uint32_t count;			/* records in `bytes` */
	unsigned char *bytes;
	uint32_t length;
	struct ext2_super_block *superblock;
	uint32_t block_size;
};

/* One inode, as stat(2) tells of it. */
struct reader_stat {
	uint32_t inode;
	uint32_t error;			/* everything behind it is void then */
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t links;
	uint32_t flags;			/* EXT2_*_FL */
	uint32_t has_birth_time;
	double size;
	double sectors;			/* of 512 bytes */
	int64_t seconds[4];		/* mtime, atime, ctime, birth time */
	uint32_t nanoseconds[4];
	uint32_t major;
	uint32_t minor;
};

/* One name of a directory; the name follows, then bytes up to a multiple of 8. */
struct reader_entry {
	uint32_t inode;
	uint8_t type;			/* EXT2_FT_*; 0: not told */
	uint8_t name_length;
	uint16_t padding;
};

/* A run of a file's blocks; all in bytes. */
struct reader_extent {
	double position;
	double offset;
	double length;
	double unwritten;		/* 0 or 1 */
};

/* One extended attribute; name and value follow, then bytes up to a multiple of 8. */
struct reader_xattr {
	uint32_t name_length;
	uint32_t value_length;
};

extern struct reader_result reader_result;
extern ext2_filsys reader_fs;

/* Starts the next operation: no bytes, no records, a fresh limit of block reads. */
void reader_begin(void);

/* Room for `length` bytes more, zeroed and aligned to 8; NULL: no memory. */
void *reader_append(size_t length);

/* reader_inode.c */
errcode_t reader_read_inode(ext2_ino_t ino, struct ext2_inode_large **inode);
int reader_type_of_mode(unsigned mode);
errcode_t reader_append_stat(ext2_ino_t ino);

/* reader_blocks.c: runs of blocks, in order of the file's blocks; `call` returns an error code. */
struct block_run {
	blk64_t logical;
	blk64_t physical;
	blk64_t count;
	int unwritten;
};
typedef errcode_t (*block_run_call)(const struct block_run *run, void *data);
errcode_t reader_each_run(ext2_ino_t ino, struct ext2_inode_large *inode, block_run_call call, void *data);

#endif
