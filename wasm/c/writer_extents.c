/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extent trees (ext3_extents.h; ext4's on-disk format, "Extent Tree"), built at once from all the ranges of a
 * file, bottom up: the library's extent_insert rewrites a block for each extent.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#define MAX_EXTENT EXT_INIT_MAX_LEN	/* blocks of one initialised extent */
#define INLINE_ENTRIES 4u		/* that fit in i_block after the header */

_Static_assert(sizeof(struct ext3_extent) == sizeof(struct ext3_extent_idx), "entries have one size");

/* A node of the tree below the one that is being filled. */
struct child {
	blk64_t logical;
	blk64_t block;
};

/* Entries of a node in a block of its own. What is left behind them has room for the checksum. */
static size_t entries_per_block(void)
{
	return (writer_fs->blocksize - sizeof(struct ext3_extent_header)) / sizeof(struct ext3_extent);
}

static size_t extent_count(const struct block_ranges *ranges)
{
	size_t count = 0;

	for (size_t i = 0; i < ranges->count; i++)
		count += (ranges->items[i].count + MAX_EXTENT - 1) / MAX_EXTENT;
	return count;
}

/* The blocks that a tree of `count` extents needs besides the inode. */
blk64_t extents_tree_blocks(blk64_t count)
{
	size_t per_block = entries_per_block();
	blk64_t blocks = 0;

	while (count > INLINE_ENTRIES) {
		count = (count + per_block - 1) / per_block;
		blocks += count;
	}
	return blocks;
}

static void put_header(struct ext3_extent_header *header, size_t entries, size_t max, unsigned depth)
{
	*header = (struct ext3_extent_header){
		.eh_magic = EXT3_EXT_MAGIC,
		.eh_entries = entries,
		.eh_max = max,
		.eh_depth = depth,
	};
}

/* The position in the list of ranges: extents are cut from it one after the other. */
struct cursor {
	const struct block_ranges *ranges;
	size_t index;
	blk64_t done;	/* blocks of ranges->items[index] */
};

static void put_extents(struct ext3_extent *extent, size_t count, struct cursor *at)
{
	for (; count--; extent++) {
		const struct block_range *range = &at->ranges->items[at->index];
		blk64_t left = range->count - at->done;
		blk64_t start = range->start + at->done;

		extent->ee_block = range->logical + at->done;
		extent->ee_len = left < MAX_EXTENT ? left : MAX_EXTENT;
		extent->ee_start = start & 0xffffffff;
		extent->ee_start_hi = start >> 32;
		at->done += extent->ee_len;
		if (at->done == range->count) {
			at->index++;
			at->done = 0;
		}
	}
}

static void put_indexes(struct ext3_extent_idx *index, size_t count, const struct child *children)
{
	for (; count--; index++, children++)
		*index = (struct ext3_extent_idx){
			.ei_block = children->logical,
			.ei_leaf = children->block & 0xffffffff,
			.ei_leaf_hi = children->block >> 32,
		};
}

static errcode_t write_node(ext2_ino_t ino, uint32_t generation, char *node, blk64_t block)
{
	if (ext2fs_has_feature_metadata_csum(writer_fs->super)) {
		size_t covered = sizeof(struct ext3_extent_header) + entries_per_block() * sizeof(struct ext3_extent);
		uint32_t sum = metadata_checksum(ino, generation, node, covered);

		memcpy(node + covered, &sum, sizeof(sum));
	}
	return io_channel_write_blk64(writer_fs->io, block, 1, node);
}

/*
 * Maps the file's ranges in its inode, which has no map yet; `meta` are the blocks for the tree, as many as
 * extents_tree_blocks() told for extents_count(ranges).
 */
errcode_t extents_map(ext2_ino_t ino, struct ext2_inode *inode, const struct block_ranges *ranges,
		      struct block_ranges *meta)
{
	struct ext3_extent_header *root = (struct ext3_extent_header *)inode->i_block;
	struct cursor cursor = { ranges, 0, 0 };
	size_t per_block = entries_per_block();
	size_t entries = extent_count(ranges);
	size_t taken = 0;
	unsigned depth = 0;
	struct child *children = NULL;
	char *node = NULL;
	errcode_t error = 0;

	inode->i_flags |= EXT4_EXTENTS_FL;
	if (entries > INLINE_ENTRIES) {
		children = malloc((entries + per_block - 1) / per_block * sizeof(*children));
		node = malloc(writer_fs->blocksize);
		if (!children || !node)
			error = EXT2_ET_NO_MEMORY;
	}
	for (; !error && entries > INLINE_ENTRIES; depth++) {
		size_t nodes = (entries + per_block - 1) / per_block;

		/* children[i] is written where children[i * per_block …] has been read. */
		for (size_t i = 0; i < nodes && !error; i++) {
			struct ext3_extent_header *header = (struct ext3_extent_header *)node;
			size_t first = i * per_block;
			size_t count = entries - first < per_block ? entries - first : per_block;

			memset(node, 0, writer_fs->blocksize);
			put_header(header, count, per_block, depth);
			if (depth)
				put_indexes((struct ext3_extent_idx *)(header + 1), count, children + first);
			else
				put_extents((struct ext3_extent *)(header + 1), count, &cursor);
			/* ee_block and ei_block both come first in an entry. */
			children[i].logical = ((struct ext3_extent *)(header + 1))->ee_block;
			children[i].block = ranges_take(meta, &taken);
			error = write_node(ino, inode->i_generation, node, children[i].block);
		}
		entries = nodes;
	}
	if (!error) {
		memset(inode->i_block, 0, sizeof(inode->i_block));
		put_header(root, entries, INLINE_ENTRIES, depth);
		if (depth)
			put_indexes((struct ext3_extent_idx *)(root + 1), entries, children);
		else
			put_extents((struct ext3_extent *)(root + 1), entries, &cursor);
	}
	free(children);
	free(node);
	return error;
}

blk64_t extents_map_blocks(const struct block_ranges *ranges)
{
	return extents_tree_blocks(extent_count(ranges));
}
