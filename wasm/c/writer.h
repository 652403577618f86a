/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fill API: an open file system that the host adds inodes and names to. One per instance.
 *
 * An entry is made by one call, writer_create(): inode, blocks, extended attributes and name, or nothing at all.
 * Names are kept in memory (writer_names.c); their directories get blocks when the writer closes, each in one
 * run and, where it pays, with a hash index. Those blocks are set aside while names are added, so that closing
 * does not run out of space.
 *
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

/* Read by the host: wasm/src/writer-instance.ts has the same offsets. */
struct writer_result {
	uint32_t inode;
	uint32_t extent_count;
	struct byte_range *extents;	/* in order of the file's bytes */
	uint32_t block_size;
	double free_blocks;
	uint32_t free_inodes;
};

struct byte_range {
	double position;	/* in the file */
	double offset;		/* on the device */
	double length;
};

extern struct writer_result writer_result;
extern ext2_filsys writer_fs;
extern ext2_ino_t writer_lost_and_found;	/* 0: there is none */

/* Where the host puts a name and, behind NAME_SPACE bytes, the target of a symbolic link. */
#define NAME_SPACE 256u
#define TARGET_SPACE 4096u
extern unsigned char writer_text[NAME_SPACE + TARGET_SPACE];

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

/* writer_blocks.c */
errcode_t ranges_push(struct block_ranges *ranges, struct block_range added);
void ranges_free(struct block_ranges *ranges);
blk64_t ranges_take(struct block_ranges *ranges, size_t *at);
errcode_t blocks_allocate(blk64_t logical, blk64_t count, struct block_ranges *ranges);
void blocks_release(const struct block_ranges *ranges);
void blocks_mark(const struct block_ranges *ranges, int inuse);
blk64_t blocks_available(void);
errcode_t blocks_set_aside(blk64_t count);
void blocks_give_back(blk64_t count);
void blocks_serve_library(void);

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

/* What the host says of an inode. `mtime`: nanoseconds since 1970, modulo 2^64. */
struct attributes {
	uint32_t mode;		/* with the type */
	uint32_t uid;
	uint32_t gid;
	uint64_t mtime;
};

/* writer_inode.c: the buffer holds one inode of the file system's inode size, zeroed at each call. */
struct ext2_inode_large *inode_buffer(void);
errcode_t inode_read(ext2_ino_t ino, struct ext2_inode_large *inode);
errcode_t inode_write(ext2_ino_t ino, struct ext2_inode_large *inode);
errcode_t inode_allocate(const struct attributes *attributes, ext2_ino_t *ino, struct ext2_inode_large **result);
errcode_t inode_release(ext2_ino_t ino, unsigned mode);
errcode_t inode_discard(ext2_ino_t ino);
uint32_t metadata_checksum(ext2_ino_t ino, uint32_t generation, const void *data, size_t length);

/* writer_xattr.c */
errcode_t xattrs_write(ext2_ino_t ino, const unsigned char *list, size_t length, int replace);

/* A name in a directory, as it is kept until the directory is written. */
struct name {
	struct name *next;		/* in the order of the directory */
	struct directory *directory;
	uint32_t hash;			/* of names_find() */
	ext2_ino_t ino;
	uint8_t file_type;		/* EXT2_FT_* */
	uint8_t length;
	unsigned char bytes[];
};

/* A directory that has been looked at or added to. */
struct directory {
	ext2_ino_t ino;
	ext2_ino_t parent;
	uint32_t count;			/* names, "." and ".." not counted */
	uint32_t added_subdirectories;
	uint32_t blocks;		/* that the names need, packed in their order */
	uint32_t fill;			/* bytes used in the last of them */
	uint32_t old_blocks;		/* that it has on the device */
	uint32_t set_aside;		/* blocks of blocks_set_aside() */
	uint32_t links;			/* of the inode on the device */
	uint8_t changed;
	errcode_t broken;		/* why it could not be read */
	struct name *first, *last;
};

/* writer_names.c */
struct name *names_allocate(const unsigned char *bytes, unsigned length);
errcode_t names_add(struct directory *directory, struct name *name);
struct name *names_find(const struct directory *directory, const unsigned char *bytes, unsigned length);

/* writer_directory.c */
unsigned directory_block_space(void);
errcode_t directory_open(ext2_ino_t ino, struct directory **result);
errcode_t directory_create(ext2_ino_t ino, ext2_ino_t parent);
errcode_t directory_check_link(const struct directory *directory);
blk64_t directory_needs(const struct directory *directory, uint32_t blocks);
blk64_t directory_growth(const struct directory *directory, unsigned name_length);
errcode_t directory_check_new(const struct directory *directory, const unsigned char *name, unsigned length);
errcode_t directory_add(struct directory *directory, struct name *name, blk64_t set_aside);
errcode_t directories_write(void);

/* writer_dirwrite.c */
errcode_t directory_write(struct directory *directory);

/* writer_dirblock.c: the blocks of one directory, written one after the other */
struct dirblock_writer {
	const struct directory *directory;
	uint32_t generation;
	const struct block_ranges *ranges;
	size_t at;
	blk64_t block;			/* logical, the next one */
	unsigned offset;		/* in the buffer: behind the last entry */
	unsigned last;			/* offset of the last entry */
	char *buffer;
};
void dirblock_start(struct dirblock_writer *writer);
void dirblock_put(struct dirblock_writer *writer, const struct name *name);
void dirblock_put_dots(struct dirblock_writer *writer);
errcode_t dirblock_finish(struct dirblock_writer *writer);
errcode_t dirblock_finish_index(struct dirblock_writer *writer, unsigned count_offset);

/* writer_dirindex.c */
struct dirindex;
errcode_t dirindex_plan(const struct directory *directory, struct dirindex **result);
blk64_t dirindex_blocks(const struct dirindex *index);
errcode_t dirindex_write(struct dirindex *index, struct dirblock_writer *writer);
void dirindex_free(struct dirindex *index);

#endif
