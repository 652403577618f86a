/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free blocks. Content is laid out in the order of creation, each file in one run wherever the free space has
 * one that is long enough: the host then writes the content of many files in one stroke.
 */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>

#define LONGEST_RUN 32768u	/* blocks looked for at once: an initialised extent holds no more */
#define SEARCH_BUDGET 16384u	/* free runs looked at, in one allocation, for those that are long enough */

/* The block after the last one that was allocated. */
static blk64_t next_goal;

/* Free blocks that are promised to directories. */
static blk64_t set_aside;

/* The end of the blocks that may be given out: a block map has 32 bits for a block. */
static blk64_t end_of_blocks(void)
{
	blk64_t end = ext2fs_blocks_count(writer_fs->super);

	return ext2fs_has_feature_extents(writer_fs->super) || end >> 32 == 0 ? end : 1ull << 32;
}

/* Free blocks that are not promised. */
blk64_t blocks_available(void)
{
	blk64_t free = ext2fs_free_blocks_count(writer_fs->super);

	return free > set_aside ? free - set_aside : 0;
}

errcode_t blocks_set_aside(blk64_t count)
{
	if (count > blocks_available())
		return EXT2_ET_BLOCK_ALLOC_FAIL;
	set_aside += count;
	return 0;
}

void blocks_give_back(blk64_t count)
{
	set_aside -= count;
}

errcode_t ranges_push(struct block_ranges *ranges, struct block_range added)
{
	struct block_range *last = ranges->count ? &ranges->items[ranges->count - 1] : NULL;

	if (last && last->logical + last->count == added.logical && last->start + last->count == added.start) {
		last->count += added.count;
		return 0;
	}
	if (ranges->count == ranges->capacity) {
		size_t capacity = ranges->capacity ? ranges->capacity * 2 : 4;
		struct block_range *grown = realloc(ranges->items, capacity * sizeof(*grown));

		if (!grown)
			return EXT2_ET_NO_MEMORY;
		ranges->items = grown;
		ranges->capacity = capacity;
	}
	ranges->items[ranges->count++] = added;
	return 0;
}

void ranges_free(struct block_ranges *ranges)
{
	free(ranges->items);
	*ranges = (struct block_ranges){ 0 };
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
 * The first free run of `wanted` blocks from the goal to the end of the file system and on from its start; the
 * longest if there is none. *budget is the number of runs that may be looked at; without one the first run has
 * to do. (ext2fs_new_range() with EXT2_NEWRANGE_MIN_LENGTH does not come back from a file system without such
 * a run.)
 */
static errcode_t find_run(blk64_t wanted, unsigned *budget, struct block_range *best)
{
	blk64_t first = writer_fs->super->s_first_data_block;
	blk64_t end = end_of_blocks();
	blk64_t from = next_goal > first && next_goal < end ? next_goal : first;
	blk64_t goal = from;
	blk64_t to = end;

	best->count = 0;
	while (best->count < wanted && (*budget || !best->count)) {
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
		if (*budget)
			--*budget;
	}
	return best->count ? 0 : EXT2_ET_BLOCK_ALLOC_FAIL;
}

/*
 * Allocates `count` blocks, contiguous if the file system has such a run (looked for in pieces of the
 * longest extent), marks them used and adds them to `ranges` from `logical` on. On failure nothing stays
 * allocated and `ranges` is as before.
 */
errcode_t blocks_allocate(blk64_t logical, blk64_t count, struct block_ranges *ranges)
{
	struct block_ranges found = { 0 };
	unsigned budget = SEARCH_BUDGET;
	errcode_t error = 0;

	if (count > blocks_available())
		return EXT2_ET_BLOCK_ALLOC_FAIL;
	while (count && !error) {
		struct block_range run = { 0 };

		error = find_run(count < LONGEST_RUN ? count : LONGEST_RUN, &budget, &run);
		if (error)
			break;
		run.logical = logical;
		error = ranges_push(&found, run);
		if (error)
			break;
		ext2fs_block_alloc_stats_range(writer_fs, run.start, run.count, +1);
		next_goal = run.start + run.count;
		logical += run.count;
		count -= run.count;
	}
	for (size_t i = 0; i < found.count && !error; i++)
		error = ranges_push(ranges, found.items[i]);
	if (error)
		blocks_release(&found);
	ranges_free(&found);
	return error;
}

void blocks_mark(const struct block_ranges *ranges, int inuse)
{
	for (size_t i = 0; i < ranges->count; i++) {
		struct block_range left = ranges->items[i];

		while (left.count) {
			blk_t part = left.count < LONGEST_RUN ? left.count : LONGEST_RUN;

			ext2fs_block_alloc_stats_range(writer_fs, left.start, part, inuse);
			left.start += part;
			left.count -= part;
		}
	}
}

void blocks_release(const struct block_ranges *ranges)
{
	blocks_mark(ranges, -1);
}

/* Chooses the blocks that the library allocates by itself: those of extended attributes. It marks them. */
static errcode_t choose_block(ext2_filsys fs, blk64_t goal, blk64_t *block)
{
	struct block_range run;
	unsigned budget = 0;
	errcode_t error;

	(void)fs; (void)goal;
	if (!blocks_available())
		return EXT2_ET_BLOCK_ALLOC_FAIL;
	error = find_run(1, &budget, &run);
	if (error)
		return error;
	*block = run.start;
	next_goal = run.start + 1;
	return 0;
}

void blocks_serve_library(void)
{
	ext2fs_set_alloc_block_callback(writer_fs, choose_block, NULL);
}

/* One block of a file's map, for map builders: taken from the front of `ranges`. */
blk64_t ranges_take(struct block_ranges *ranges, size_t *at)
{
	struct block_range *range = &ranges->items[*at];
	blk64_t block = range->start++;

	if (!--range->count)
		++*at;
	return block;
}
