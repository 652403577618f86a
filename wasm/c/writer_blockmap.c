/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block map of ext2 and ext3: twelve blocks in the inode, then trees of one, two and three levels of
 * indirect blocks (ext4's on-disk format, "Direct/Indirect Block Addressing"). Built at once from all the
 * ranges of a file; an indirect block that would be all hole is not there.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

struct builder {
	const struct block_ranges *ranges;
	size_t index;			/* the range that holds or follows the logical block at hand */
	struct block_ranges *meta;	/* NULL: only count */
	size_t taken;
	blk64_t indirect_blocks;
	uint32_t *buffers[3];		/* one for each level */
	errcode_t error;
};

static blk64_t span(unsigned level)
{
	blk64_t blocks = 1;

	while (level--)
		blocks *= writer_fs->blocksize / 4;
	return blocks;
}

/* The block behind one pointer: that of a logical block, or of the tree of `level` levels that starts with it. */
static uint32_t build(struct builder *builder, unsigned level, blk64_t logical)
{
	const struct block_ranges *ranges = builder->ranges;
	const struct block_range *range;
	unsigned pointers = writer_fs->blocksize / 4;
	blk64_t child_span, block;
	uint32_t *buffer;

	while (builder->index < ranges->count &&
	       ranges->items[builder->index].logical + ranges->items[builder->index].count <= logical)
		builder->index++;
	if (builder->error || builder->index == ranges->count)
		return 0;
	range = &ranges->items[builder->index];
	if (range->logical >= logical + span(level))
		return 0;
	if (!level)
		return range->start + (logical - range->logical);
	builder->indirect_blocks++;
	child_span = span(level - 1);
	if (!builder->meta) {
		for (unsigned i = 0; level > 1 && i < pointers; i++)
			build(builder, level - 1, logical + i * child_span);
		return 0;
	}
	block = ranges_take(builder->meta, &builder->taken);
	buffer = builder->buffers[level - 1];
	for (unsigned i = 0; i < pointers; i++)
		buffer[i] = build(builder, level - 1, logical + i * child_span);
	if (!builder->error)
		builder->error = io_channel_write_blk64(writer_fs->io, block, 1, buffer);
	return block;
}

static void build_all(struct builder *builder, uint32_t *pointers)
{
	blk64_t logical = 0;

	for (unsigned i = 0; i < EXT2_N_BLOCKS; i++) {
		unsigned level = i < EXT2_NDIR_BLOCKS ? 0 : i - EXT2_NDIR_BLOCKS + 1;

		pointers[i] = build(builder, level, logical);
		logical += span(level);
	}
}

/* The indirect blocks that a file with these ranges needs. */
blk64_t blockmap_blocks(const struct block_ranges *ranges)
{
	struct builder builder = { .ranges = ranges };
	uint32_t pointers[EXT2_N_BLOCKS];

	build_all(&builder, pointers);
	return builder.indirect_blocks;
}

/* Maps the ranges in the inode; `meta` has the blocks that blockmap_blocks() told. */
errcode_t blockmap_map(struct ext2_inode *inode, const struct block_ranges *ranges, struct block_ranges *meta)
{
	struct builder builder = { .ranges = ranges, .meta = meta };

	for (unsigned level = 0; level < 3; level++) {
		builder.buffers[level] = malloc(writer_fs->blocksize);
		if (!builder.buffers[level])
			builder.error = EXT2_ET_NO_MEMORY;
	}
	if (!builder.error)
		build_all(&builder, inode->i_block);
	for (unsigned level = 0; level < 3; level++)
		free(builder.buffers[level]);
	return builder.error;
}
