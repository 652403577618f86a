/* SPDX-License-Identifier: GPL-2.0-only */
/* The blocks of one inode's content: allocated for the ranges that hold data, mapped, counted. */
#include "writer.h"

#include <stdlib.h>

/* Places each range of logical blocks of `data` on the next blocks of `run`, which are allocated for all of them. */
static errcode_t place(const struct block_ranges *data, const struct block_ranges *run, struct block_ranges *placed)
{
	size_t at = 0;
	blk64_t done = 0;	/* blocks of run->items[at] */

	for (size_t i = 0; i < data->count; i++) {
		blk64_t logical = data->items[i].logical;
		blk64_t left = data->items[i].count;

		while (left) {
			blk64_t count = run->items[at].count - done;
			struct block_range part = { logical, run->items[at].start + done };
			errcode_t error;

			part.count = count < left ? count : left;
			error = ranges_push(placed, part);
			if (error)
				return error;
			logical += part.count;
			left -= part.count;
			done += part.count;
			if (done == run->items[at].count) {
				at++;
				done = 0;
			}
		}
	}
	return 0;
}

/*
 * Maps `placed`, whose blocks are allocated, as all the blocks of an inode and counts them in i_blocks. The blocks of the
 * map are allocated here, and free again after a failure.
 */
errcode_t content_map(ext2_ino_t ino, struct ext2_inode *inode, const struct block_ranges *placed)
{
	int extents = ext2fs_has_feature_extents(writer_fs->super);
	blk64_t meta_blocks = extents ? extents_map_blocks(placed) : blockmap_blocks(placed);
	struct block_ranges meta = { 0 }, left = { 0 };
	blk64_t blocks = meta_blocks;
	errcode_t error;

	for (size_t i = 0; i < placed->count; i++)
		blocks += placed->items[i].count;
	error = ext2fs_iblk_add_blocks(writer_fs, inode, blocks);
	if (!error)
		error = blocks_allocate(0, meta_blocks, &meta);
	for (size_t i = 0; i < meta.count && !error; i++)
		error = ranges_push(&left, meta.items[i]);
	if (!error)
		error = extents ? extents_map(ino, inode, placed, &left) : blockmap_map(inode, placed, &left);
	if (error)
		blocks_release(&meta);
	ranges_free(&meta);
	ranges_free(&left);
	return error;
}

/*
 * Gives an inode without blocks its size and, for the logical blocks in `data` (sorted, disjoint), blocks that
 * count as written. Everything else is a hole. The inode is changed in memory only. On failure nothing stays
 * allocated; on success the caller frees *placed.
 */
errcode_t content_create(ext2_ino_t ino, struct ext2_inode *inode, uint64_t size, const struct block_ranges *data,
			 struct block_ranges *placed)
{
	struct block_ranges run = { 0 };
	blk64_t count = 0;
	errcode_t error;

	*placed = (struct block_ranges){ 0 };
	if (ext2fs_has_feature_extents(writer_fs->super))
		inode->i_flags |= EXT4_EXTENTS_FL;
	if (size && ext2fs_file_block_offset_too_big(writer_fs, inode, (size - 1) / writer_fs->blocksize))
		return EXT2_ET_FILE_TOO_BIG;
	error = ext2fs_inode_size_set(writer_fs, inode, size);
	for (size_t i = 0; i < data->count; i++)
		count += data->items[i].count;
	if (!error)
		error = blocks_allocate(0, count, &run);
	if (error)
		return error;
	error = place(data, &run, placed);
	if (!error)
		error = content_map(ino, inode, placed);
	if (error) {
		blocks_release(&run);
		ranges_free(placed);
	}
	ranges_free(&run);
	return error;
}
