/* SPDX-License-Identifier: GPL-2.0-only */
/* New inodes of every type, without a name. */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static errcode_t report_extents(const struct block_ranges *placed)
{
	struct byte_range *out = realloc(writer_result.extents, (placed->count + 1) * sizeof(*out));

	if (!out)
		return EXT2_ET_NO_MEMORY;
	writer_result.extents = out;
	for (size_t i = 0; i < placed->count; i++) {
		out[i].position = (double)placed->items[i].logical * writer_fs->blocksize;
		out[i].offset = (double)placed->items[i].start * writer_fs->blocksize;
		out[i].length = (double)placed->items[i].count * writer_fs->blocksize;
	}
	writer_result.extent_count = placed->count;
	return 0;
}

/* Gives a new inode its size and blocks, reports them in writer_result and writes the inode. */
static errcode_t write_with_blocks(ext2_ino_t ino, struct ext2_inode_large *inode, uint64_t size,
				   const struct block_ranges *data)
{
	struct block_ranges placed;
	errcode_t error = content_create(ino, EXT2_INODE(inode), size, data, &placed);

	if (error)
		return error;
	error = report_extents(&placed);
	ranges_free(&placed);
	return error ? error : inode_write(ino, inode);
}

/* The same for a size that fits in one block. */
static errcode_t write_with_block(ext2_ino_t ino, struct ext2_inode_large *inode, uint64_t size)
{
	struct block_range first = { 0, 0, 1 };
	struct block_ranges data = { &first, 1, 1 };

	return write_with_blocks(ino, inode, size, &data);
}

/* The first block of the inode that write_with_blocks has just written. */
static blk64_t first_block(void)
{
	return (blk64_t)(writer_result.extents[0].offset / writer_fs->blocksize);
}

/* Ranges of logical blocks as the host gives them: numbers of blocks, sorted and disjoint. */
struct host_range {
	double logical;
	double count;
};

static errcode_t read_ranges(const struct host_range *given, size_t count, struct block_ranges *ranges)
{
	for (size_t i = 0; i < count; i++) {
		struct block_range range = { (blk64_t)given[i].logical, 0, (blk64_t)given[i].count };
		errcode_t error = ranges_push(ranges, range);

		if (error)
			return error;
	}
	return 0;
}

/*
 * A regular file of `size` bytes. The logical blocks in `given` get blocks that are initialised but not written:
 * that is up to the host. The rest is a hole.
 */
EXPORT(writer_create_file)
errcode_t writer_create_file(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, double seconds,
			     uint32_t nanoseconds, double size, const struct host_range *given,
			     size_t given_count)
{
	struct ext2_inode_large *inode;
	struct timestamp mtime = { (int64_t)seconds, nanoseconds };
	struct block_ranges data = { 0 };
	ext2_ino_t ino;
	errcode_t error;

	mode = LINUX_S_IFREG | (mode & 07777);
	error = inode_allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	error = read_ranges(given, given_count, &data);
	if (!error)
		error = write_with_blocks(ino, inode, (uint64_t)size, &data);
	ranges_free(&data);
	if (error)
		inode_release(ino, mode);
	return error;
}

/* An empty directory: "." and ".."; its name in the parent comes with writer_add_name. */
EXPORT(writer_create_directory)
errcode_t writer_create_directory(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, double seconds,
				  uint32_t nanoseconds)
{
	struct ext2_inode_large *inode;
	struct timestamp mtime = { (int64_t)seconds, nanoseconds };
	ext2_ino_t ino;
	char *block;
	errcode_t error;

	mode = LINUX_S_IFDIR | (mode & 07777);
	error = inode_allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	error = ext2fs_new_dir_block(writer_fs, ino, parent, &block);
	if (!error) {
		error = write_with_block(ino, inode, writer_fs->blocksize);
		if (!error)
			error = ext2fs_write_dir_block4(writer_fs, first_block(), block, 0, ino);
		ext2fs_free_mem(&block);
	}
	if (error)
		inode_release(ino, mode);
	return error;
}

/* A symbolic link: a target that fits lies in i_block, a longer one in a block of its own. */
EXPORT(writer_create_symlink)
errcode_t writer_create_symlink(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, double seconds,
				uint32_t nanoseconds, const char *target, unsigned length)
{
	struct ext2_inode_large *inode;
	struct timestamp mtime = { (int64_t)seconds, nanoseconds };
	ext2_ino_t ino;
	char *block = NULL;
	errcode_t error;

	if (!length || length >= writer_fs->blocksize)
		return length ? ENAMETOOLONG : EINVAL;
	mode = LINUX_S_IFLNK | (mode & 07777);
	error = inode_allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	if (length < sizeof(inode->i_block)) {
		memcpy(inode->i_block, target, length);
		error = ext2fs_inode_size_set(writer_fs, EXT2_INODE(inode), length);
		if (!error)
			error = inode_write(ino, inode);
	} else if (!(block = calloc(1, writer_fs->blocksize))) {
		error = EXT2_ET_NO_MEMORY;
	} else {
		error = write_with_block(ino, inode, length);
		memcpy(block, target, length);
		if (!error)
			error = io_channel_write_blk64(writer_fs->io, first_block(), 1, block);
		writer_result.extent_count = 0;
		free(block);
	}
	if (error)
		inode_release(ino, mode);
	return error;
}

/* A device (with its number), fifo or socket; `type` is an S_IFMT value. */
EXPORT(writer_create_special)
errcode_t writer_create_special(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, double seconds,
				uint32_t nanoseconds, unsigned type, unsigned major, unsigned minor)
{
	struct ext2_inode_large *inode;
	struct timestamp mtime = { (int64_t)seconds, nanoseconds };
	ext2_ino_t ino;
	errcode_t error;

	mode = (type & LINUX_S_IFMT) | (mode & 07777);
	error = inode_allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	if (major < 256 && minor < 256)
		inode->i_block[0] = major << 8 | minor;
	else
		inode->i_block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
	error = inode_write(ino, inode);
	if (error)
		inode_release(ino, mode);
	return error;
}

