/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives a directory its blocks and writes them: in the order of its names, or indexed by their hashes. */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

/* The blocks that the directory has on the device. */
static errcode_t read_blocks(struct directory *directory, struct ext2_inode *inode, struct block_ranges *ranges)
{
	for (uint32_t logical = 0; logical < directory->old_blocks; logical++) {
		struct block_range range = { logical, 0, 1 };
		errcode_t error =
			ext2fs_bmap2(writer_fs, directory->ino, inode, NULL, 0, logical, NULL, &range.start);

		if (!error && !range.start)
			error = EXT2_ET_DIR_CORRUPTED;
		if (!error)
			error = ranges_push(ranges, range);
		if (error)
			return error;
	}
	return 0;
}

static void cut(struct block_ranges *ranges, blk64_t blocks)
{
	while (ranges->count) {
		struct block_range *last = &ranges->items[ranges->count - 1];

		if (last->logical + last->count <= blocks)
			return;
		if (last->logical >= blocks)
			ranges->count--;
		else
			last->count = blocks - last->logical;
	}
}

/* Makes the directory `blocks` blocks long: it keeps the first of those it has, `ranges`. */
static errcode_t resize(struct directory *directory, struct ext2_inode *inode, struct block_ranges *ranges,
			uint32_t blocks)
{
	uint32_t old = directory->old_blocks;
	errcode_t error = 0;

	if (blocks > old)
		error = blocks_allocate(old, blocks - old, ranges);
	if (!error && old) {
		struct block_ranges kept = { 0 };

		for (size_t i = 0; i < ranges->count && !error; i++)
			error = ranges_push(&kept, ranges->items[i]);
		cut(&kept, old < blocks ? old : blocks);
		/* Everything goes, the old map as well, and what is kept comes back. */
		if (!error)
			error = ext2fs_punch(writer_fs, directory->ino, inode, NULL, 0, ~0ULL);
		if (!error)
			blocks_mark(&kept, +1);
		ranges_free(&kept);
		cut(ranges, blocks);
	}
	if (!error) {
		memset(inode->i_block, 0, sizeof(inode->i_block));
		error = content_map(directory->ino, inode, ranges);
	}
	return error ? error : ext2fs_inode_size_set(writer_fs, inode, (uint64_t)blocks * writer_fs->blocksize);
}

static errcode_t write_linear(struct dirblock_writer *writer, uint32_t blocks)
{
	const struct name *name = writer->directory->first;

	for (uint32_t i = 0; i < blocks; i++) {
		errcode_t error;

		dirblock_start(writer);
		if (!i)
			dirblock_put_dots(writer);
		for (; name && writer->offset + EXT2_DIR_REC_LEN(name->length) <= directory_block_space();
		     name = name->next)
			dirblock_put(writer, name);
		error = dirblock_finish(writer);
		if (error)
			return error;
	}
	return 0;
}

/* The index if the directory is to have one and there are blocks for it; NULL otherwise. */
static errcode_t choose_index(struct directory *directory, struct dirindex **result)
{
	struct dirindex *index = NULL;
	errcode_t error;

	*result = NULL;
	if (directory->blocks < 2 || !ext2fs_has_feature_dir_index(writer_fs->super) ||
	    directory->ino == writer_lost_and_found)
		return 0;
	error = dirindex_plan(directory, &index);
	if (error || !index)
		return error;
	if (directory_needs(directory, dirindex_blocks(index)) <= blocks_available())
		*result = index;
	else
		dirindex_free(index);
	return 0;
}

static unsigned link_count(const struct directory *directory)
{
	uint64_t links = (uint64_t)directory->links + directory->added_subdirectories;

	return directory->links == 1 || links > EXT2_LINK_MAX ? 1 : links;	/* 1: more than can be counted */
}

errcode_t directory_write(struct directory *directory)
{
	struct dirblock_writer writer = { .directory = directory };
	struct block_ranges ranges = { 0 };
	struct dirindex *index = NULL;
	struct ext2_inode_large *inode = inode_buffer();
	uint32_t blocks = directory->blocks > directory->old_blocks ? directory->blocks : directory->old_blocks;
	errcode_t error = inode_read(directory->ino, inode);

	ext2fs_flush_icache(writer_fs);
	blocks_give_back(directory->set_aside);
	directory->set_aside = 0;
	if (!error)
		error = read_blocks(directory, EXT2_INODE(inode), &ranges);
	if (!error)
		error = choose_index(directory, &index);
	if (index)
		blocks = dirindex_blocks(index);
	if (!error && blocks != directory->old_blocks)
		error = resize(directory, EXT2_INODE(inode), &ranges, blocks);
	if (!error) {
		directory->old_blocks = blocks;
		inode->i_flags &= ~EXT2_INDEX_FL;
		if (index)
			inode->i_flags |= EXT2_INDEX_FL;
		inode->i_links_count = link_count(directory);
		error = inode_write(directory->ino, inode);
	}
	writer.ranges = &ranges;
	writer.generation = inode->i_generation;
	if (!error && !(writer.buffer = malloc(writer_fs->blocksize)))
		error = EXT2_ET_NO_MEMORY;
	if (!error)
		error = index ? dirindex_write(index, &writer) : write_linear(&writer, blocks);
	free(writer.buffer);
	dirindex_free(index);
	ranges_free(&ranges);
	return error;
}
