/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of files. Content is laid out in the order of creation, each file in one run wherever the free
 * space has one that is long enough: the host then writes the content of many files in one stroke.
 */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EXTENT 32768u	/* blocks of one initialised extent: ext3_extents.h, EXT_INIT_MAX_LEN */
#define INLINE_EXTENTS 4u	/* extents that fit in i_block after the header */
#define MAX_RUNS 64u		/* free runs looked at for one that is long enough */

/* The block after the last one that was allocated. */
static blk64_t next_goal;

static errcode_t push(struct block_range **ranges, size_t *count, struct block_range added)
{
	struct block_range *last = *count ? &(*ranges)[*count - 1] : NULL;
	struct block_range *grown;

	if (last && last->start + last->count == added.start &&
	    last->count + added.count <= MAX_EXTENT) {
		last->count += added.count;
		return 0;
	}
	grown = realloc(*ranges, (*count + 1) * sizeof(**ranges));
	if (!grown)
		return EXT2_ET_NO_MEMORY;
	*ranges = grown;
	grown[(*count)++] = added;
	return 0;
}

/* The first run of free blocks in [from, to), cut at `wanted` blocks. ENOENT: there is none. */
static errcode_t next_free_run(blk64_t from, blk64_t to, blk64_t wanted, struct block_range *run)
{
	blk64_t last, used;
	errcode_t error;

	if (from >= to)
		return ENOENT;
	error = ext2fs_find_first_zero_block_bitmap2(writer_fs->block_map, from, to - 1, &run->start);
	if (error)
		return error;
	last = run->start + wanted < to ? run->start + wanted - 1 : to - 1;
	error = ext2fs_find_first_set_block_bitmap2(writer_fs->block_map, run->start, last, &used);
	if (error && error != ENOENT)
		return error;
	run->count = error ? last - run->start + 1 : used - run->start;
	return 0;
}

/*
 * The first free run of `wanted` blocks from the goal to the end of the file system and on from its start;
 * the longest of those seen if there is none among the first few. (ext2fs_new_range() with
 * EXT2_NEWRANGE_MIN_LENGTH does not come back from a file system without such a run.)
 */
static errcode_t find_run(blk64_t wanted, struct block_range *best)
{
	blk64_t first = writer_fs->super->s_first_data_block;
	blk64_t end = ext2fs_blocks_count(writer_fs->super);
	blk64_t from = next_goal > first && next_goal < end ? next_goal : first;
	blk64_t goal = from;
	blk64_t to = end;
	unsigned runs = 0;

	best->count = 0;
	while (best->count < wanted && runs < MAX_RUNS) {
		struct block_range run;
		errcode_t error = next_free_run(from, to, wanted, &run);

		if (error == ENOENT && to == end && goal > first) {
			from = first;
			to = goal;
			continue;
		}
		if (error == ENOENT)
			break;
		if (error)
			return error;
		if (run.count > best->count)
			*best = run;
		from = run.start + run.count;
		runs++;
	}
	return best->count ? 0 : EXT2_ET_BLOCK_ALLOC_FAIL;
}

/*
 * Allocates `count` blocks, contiguous if the file system has such a run (looked for in pieces of the
 * longest extent), and marks them used. The caller frees *ranges. On failure nothing stays allocated.
 */
errcode_t blocks_allocate(blk64_t count, struct block_range **ranges, size_t *range_count)
{
	errcode_t error = 0;

	*ranges = NULL;
	*range_count = 0;
	if (count > ext2fs_free_blocks_count(writer_fs->super))
		return EXT2_ET_BLOCK_ALLOC_FAIL;
	while (count) {
		blk64_t wanted = count < MAX_EXTENT ? count : MAX_EXTENT;
		struct block_range run;

		error = find_run(wanted, &run);
		if (!error)
			error = push(ranges, range_count, run);
		if (error)
			break;
		ext2fs_block_alloc_stats_range(writer_fs, run.start, run.count, +1);
		next_goal = run.start + run.count;
		count -= run.count;
	}
	if (error) {
		blocks_release(*ranges, *range_count);
		free(*ranges);
		*ranges = NULL;
		*range_count = 0;
	}
	return error;
}

void blocks_release(const struct block_range *ranges, size_t range_count)
{
	for (size_t i = 0; i < range_count; i++)
		ext2fs_block_alloc_stats_range(writer_fs, ranges[i].start, ranges[i].count, -1);
}

/* The extent tree of a file with few extents: all of it lies in i_block (ext3_extents.h). */
static void map_inline_extents(struct ext2_inode *inode, const struct block_range *ranges, size_t range_count)
{
	struct ext3_extent_header *header = (struct ext3_extent_header *)inode->i_block;
	struct ext3_extent *extent = (struct ext3_extent *)(header + 1);
	blk64_t logical = 0;

	header->eh_magic = EXT3_EXT_MAGIC;
	header->eh_entries = range_count;
	header->eh_max = INLINE_EXTENTS;
	header->eh_depth = 0;
	header->eh_generation = 0;
	for (size_t i = 0; i < range_count; i++, extent++) {
		extent->ee_block = logical;
		extent->ee_len = ranges[i].count;
		extent->ee_start = ranges[i].start & 0xffffffff;
		extent->ee_start_hi = ranges[i].start >> 32;
		logical += ranges[i].count;
	}
}

static errcode_t map_extent_tree(ext2_ino_t ino, struct ext2_inode *inode, const struct block_range *ranges,
				 size_t range_count, size_t *mapped)
{
	ext2_extent_handle_t handle;
	blk64_t logical = 0;
	errcode_t error = ext2fs_extent_open2(writer_fs, ino, inode, &handle);

	for (*mapped = 0; !error && *mapped < range_count; logical += ranges[(*mapped)++].count) {
		struct ext2fs_extent extent = {
			.e_pblk = ranges[*mapped].start,
			.e_lblk = logical,
			.e_len = ranges[*mapped].count,
		};

		error = ext2fs_extent_insert(handle, *mapped ? EXT2_EXTENT_INSERT_AFTER : 0, &extent);
		if (!error)
			error = ext2fs_extent_fix_parents(handle);
		if (error)
			break;
		ext2fs_iblk_add_blocks(writer_fs, inode, ranges[*mapped].count);
	}
	ext2fs_extent_free(handle);
	return error;
}

/* The block map of ext2 and ext3, one block at a time; indirect blocks are allocated on the way. */
static errcode_t map_indirect(ext2_ino_t ino, struct ext2_inode *inode, struct block_range *ranges,
			      size_t range_count, size_t *mapped)
{
	blk64_t logical = 0;

	for (*mapped = 0; *mapped < range_count; (*mapped)++) {
		struct block_range *range = &ranges[*mapped];

		for (; range->count; range->start++, range->count--, logical++) {
			blk64_t block = range->start;
			errcode_t error = ext2fs_bmap2(writer_fs, ino, inode, NULL, BMAP_ALLOC | BMAP_SET, logical,
						       NULL, &block);

			if (error)
				return error;
			ext2fs_iblk_add_blocks(writer_fs, inode, 1);
		}
	}
	return 0;
}

/*
 * Maps the ranges as the file's blocks from logical block 0 and counts them in i_blocks. The inode has none
 * yet and is on the device already. On failure all the ranges and what was allocated here are free again.
 */
errcode_t blocks_map(ext2_ino_t ino, struct ext2_inode *inode, const struct block_range *ranges,
		     size_t range_count)
{
	struct block_range *left = NULL;
	size_t mapped = 0;
	errcode_t error;

	if (ext2fs_has_feature_extents(writer_fs->super)) {
		inode->i_flags |= EXT4_EXTENTS_FL;
		if (range_count <= INLINE_EXTENTS) {
			map_inline_extents(inode, ranges, range_count);
			for (size_t i = 0; i < range_count; i++)
				ext2fs_iblk_add_blocks(writer_fs, inode, ranges[i].count);
			return 0;
		}
		error = map_extent_tree(ino, inode, ranges, range_count, &mapped);
		if (error)
			blocks_release(ranges + mapped, range_count - mapped);
	} else {
		left = malloc((range_count + 1) * sizeof(*left));
		if (!left) {
			blocks_release(ranges, range_count);
			return EXT2_ET_NO_MEMORY;
		}
		memcpy(left, ranges, range_count * sizeof(*left));
		error = map_indirect(ino, inode, left, range_count, &mapped);
		if (error)
			for (size_t i = mapped; i < range_count; i++)
				blocks_release(&left[i], left[i].count ? 1 : 0);
		free(left);
	}
	if (error)
		ext2fs_punch(writer_fs, ino, inode, NULL, 0, ~0ULL);
	return error;
}

/* Adds one zeroed block at the given logical block. Updates and writes the inode. */
errcode_t blocks_append(ext2_ino_t ino, struct ext2_inode *inode, blk64_t logical, blk64_t *block)
{
	return ext2fs_bmap2(writer_fs, ino, inode, NULL, BMAP_ALLOC, logical, NULL, block);
}
