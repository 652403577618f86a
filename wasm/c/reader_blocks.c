/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a file's blocks lie: the extent tree, or the block map of ext2 and ext3. */
#include "reader.h"

#include <errno.h>

static errcode_t check_run(const struct block_run *run)
{
	blk64_t blocks = ext2fs_blocks_count(reader_fs->super);

	if (run->physical < reader_fs->super->s_first_data_block || run->physical >= blocks ||
	    run->count > blocks - run->physical)
		return EXT2_ET_BAD_BLOCK_NUM;
	return 0;
}

/*
 * Leaves have to come in order of the file's blocks: so each is seen once, however a damaged tree is
 * knotted.
 */
static errcode_t each_extent(ext2_ino_t ino, struct ext2_inode_large *inode, block_run_call call, void *data)
{
	ext2_extent_handle_t handle;
	blk64_t next = 0;
	int operation = EXT2_EXTENT_ROOT;
	errcode_t error = ext2fs_extent_open2(reader_fs, ino, EXT2_INODE(inode), &handle);

	if (error)
		return error;
	for (;; operation = EXT2_EXTENT_NEXT_LEAF) {
		struct ext2fs_extent extent;
		struct block_run run;

		error = ext2fs_extent_get(handle, operation, &extent);
		if (error)
			break;
		if (!(extent.e_flags & EXT2_EXTENT_FLAGS_LEAF))
			continue;
		run.logical = extent.e_lblk;
		run.physical = extent.e_pblk;
		run.count = extent.e_len;
		run.unwritten = !!(extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT);
		error = check_run(&run);
		if (!error && (!run.count || run.logical < next))
			error = EXT2_ET_INODE_CORRUPTED;
		if (!error)
			error = call(&run, data);
		if (error)
			break;
		next = run.logical + run.count;
	}
	ext2fs_extent_free(handle);
	return error == EXT2_ET_EXTENT_NO_NEXT ? 0 : error;
}

struct block_map {
	struct block_run run;
	block_run_call call;
	void *data;
	blk64_t mapped;
	errcode_t error;
};

static int map_block(ext2_filsys fs, blk64_t *block, e2_blkcnt_t logical, blk64_t ref_block, int ref_offset,
		     void *data)
{
	struct block_map *map = data;
	struct block_run *run = &map->run;

	(void)ref_block; (void)ref_offset;
	if (logical < 0)
		return 0;
	/* A map whose indirect blocks refer to each other would go on for a very long time. */
	if (++map->mapped > ext2fs_blocks_count(fs->super) && !ext2fs_has_feature_shared_blocks(fs->super)) {
		map->error = EXT2_ET_INODE_CORRUPTED;
		return BLOCK_ABORT;
	}
	if (run->count && *block == run->physical + run->count && (blk64_t)logical == run->logical + run->count) {
		run->count++;
		return 0;
	}
	if (run->count)
		map->error = map->call(run, map->data);
	*run = (struct block_run){ logical, *block, 1, 0 };
	if (!map->error)
		map->error = check_run(run);
	return map->error ? BLOCK_ABORT : 0;
}

static errcode_t each_mapped(ext2_ino_t ino, block_run_call call, void *data)
{
	struct block_map map = { .call = call, .data = data };
	errcode_t error = ext2fs_block_iterate3(reader_fs, ino, BLOCK_FLAG_READ_ONLY | BLOCK_FLAG_DATA_ONLY, NULL,
						map_block, &map);

	if (!error)
		error = map.error;
	if (!error && map.run.count)
		error = call(&map.run, data);
	return error;
}

errcode_t reader_each_run(ext2_ino_t ino, struct ext2_inode_large *inode, block_run_call call, void *data)
{
	if (inode->i_flags & EXT4_EXTENTS_FL)
		return each_extent(ino, inode, call, data);
	return each_mapped(ino, call, data);
}

static errcode_t append_run(const struct block_run *run, void *data)
{
	double block_size = reader_fs->blocksize;
	struct reader_extent *out;

	(void)data;
	/* Neighbours are one extent: an extent of ext4 holds 32,768 blocks at most. */
	if (reader_result.count) {
		struct reader_extent *last = (struct reader_extent *)(reader_result.bytes + reader_result.length) - 1;
		if (last->unwritten == run->unwritten && last->position + last->length == run->logical * block_size &&
		    last->offset + last->length == run->physical * block_size) {
			last->length += run->count * block_size;
			return 0;
		}
	}
	out = reader_append(sizeof(*out));
	if (!out)
		return EXT2_ET_NO_MEMORY;
	out->position = run->logical * block_size;
	out->offset = run->physical * block_size;
	out->length = run->count * block_size;
	out->unwritten = run->unwritten;
	reader_result.count++;
	return 0;
}

/* The extents of an inode in order of position; none for one whose data lies in the inode. */
EXPORT(reader_extents) errcode_t reader_extents(ext2_ino_t ino)
{
	struct ext2_inode_large *inode;
	errcode_t error;

	reader_begin();
	error = reader_read_inode(ino, &inode);
	if (error || !ext2fs_inode_has_valid_blocks2(reader_fs, EXT2_INODE(inode)))
		return error;
	return reader_each_run(ino, inode, append_run, NULL);
}
