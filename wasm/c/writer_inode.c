/* SPDX-License-Identifier: GPL-2.0-only */
/* Inodes of every type: owners, times, content or target, flags, extended attributes. */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct ext2_xattr_handle *xattrs;

/* A zeroed buffer of the file system's inode size, the same at every call. */
struct ext2_inode_large *inode_buffer(void)
{
	static struct ext2_inode_large *buffer;
	size_t size = EXT2_INODE_SIZE(writer_fs->super);

	if (size < sizeof(*buffer))
		size = sizeof(*buffer);
	if (!buffer)
		buffer = malloc(size);
	if (buffer)
		memset(buffer, 0, size);
	return buffer;
}

errcode_t inode_read(ext2_ino_t ino, struct ext2_inode_large *inode)
{
	return ext2fs_read_inode_full(writer_fs, ino, EXT2_INODE(inode), EXT2_INODE_SIZE(writer_fs->super));
}

errcode_t inode_write(ext2_ino_t ino, struct ext2_inode_large *inode)
{
	return ext2fs_write_inode_full(writer_fs, ino, EXT2_INODE(inode), EXT2_INODE_SIZE(writer_fs->super));
}

static int has_extra_times(void)
{
	return EXT2_INODE_SIZE(writer_fs->super) > EXT2_GOOD_OLD_INODE_SIZE;
}

/*
 * i_*time and i_*time_extra: 32 bits of seconds, signed, then 2 bits that extend them and 30 bits of
 * nanoseconds (ext4's on-disk format, "Inode Timestamps").
 */
static void put_time(uint32_t *low, uint32_t *extra, struct timestamp time)
{
	*low = (uint32_t)time.seconds;
	if (extra)
		*extra = (uint32_t)((time.seconds - (int32_t)time.seconds) >> 32 & 3) | time.nanoseconds << 2;
}

static errcode_t put_attributes(struct ext2_inode_large *inode, unsigned mode, uint32_t uid, uint32_t gid,
				struct timestamp mtime)
{
	struct timestamp now = { writer_fs->now, 0 };
	int extra = has_extra_times();

	if (!extra && mtime.seconds != (int32_t)mtime.seconds)
		return EOVERFLOW;
	inode->i_mode = mode;
	inode->i_uid = uid & 0xffff;
	inode->osd2.linux2.l_i_uid_high = uid >> 16;
	inode->i_gid = gid & 0xffff;
	inode->osd2.linux2.l_i_gid_high = gid >> 16;
	put_time(&inode->i_mtime, extra ? &inode->i_mtime_extra : NULL, mtime);
	put_time(&inode->i_atime, extra ? &inode->i_atime_extra : NULL, mtime);
	put_time(&inode->i_ctime, extra ? &inode->i_ctime_extra : NULL, now);
	return 0;
}

/* A new inode, in memory and in the bitmap; *result is inode_buffer(). */
static errcode_t allocate(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, struct timestamp mtime,
			  ext2_ino_t *ino, struct ext2_inode_large **result)
{
	struct ext2_inode_large *inode = inode_buffer();
	struct timestamp now = { writer_fs->now, 0 };
	errcode_t error;

	if (!inode)
		return EXT2_ET_NO_MEMORY;
	error = put_attributes(inode, mode, uid, gid, mtime);
	if (!error)
		error = ext2fs_new_inode(writer_fs, parent, mode, NULL, ino);
	if (error)
		return error;
	if (has_extra_times()) {
		inode->i_extra_isize = sizeof(*inode) - EXT2_GOOD_OLD_INODE_SIZE;
		put_time(&inode->i_crtime, &inode->i_crtime_extra, now);
	}
	inode->i_links_count = LINUX_S_ISDIR(mode) ? 2 : 1;
	ext2fs_inode_alloc_stats2(writer_fs, *ino, +1, LINUX_S_ISDIR(mode));
	writer_result.inode = *ino;
	writer_result.extent_count = 0;
	*result = inode;
	return 0;
}

/*
 * Frees an inode whose blocks are free already. What was written of it goes as well: e2fsck takes any inode
 * with links for one in use.
 */
static errcode_t release(ext2_ino_t ino, unsigned mode)
{
	struct ext2_inode_large *inode = inode_buffer();

	ext2fs_inode_alloc_stats2(writer_fs, ino, -1, LINUX_S_ISDIR(mode));
	inode->i_dtime = writer_fs->now;
	return inode_write(ino, inode);
}

static errcode_t report_extents(const struct block_range *ranges, size_t count)
{
	struct byte_range *out = realloc(writer_result.extents, (count + 1) * sizeof(*out));

	if (!out)
		return EXT2_ET_NO_MEMORY;
	writer_result.extents = out;
	for (size_t i = 0; i < count; i++) {
		out[i].offset = (double)ranges[i].start * writer_fs->blocksize;
		out[i].length = (double)ranges[i].count * writer_fs->blocksize;
	}
	writer_result.extent_count = count;
	return 0;
}

/* Gives a new inode its blocks and writes it; the blocks are reported in writer_result. */
static errcode_t write_with_blocks(ext2_ino_t ino, struct ext2_inode_large *inode, uint64_t size)
{
	struct block_range *ranges;
	size_t range_count;
	blk64_t blocks = (size + writer_fs->blocksize - 1) / writer_fs->blocksize;
	errcode_t error = ext2fs_inode_size_set(writer_fs, EXT2_INODE(inode), size);

	if (!error && blocks && ext2fs_has_feature_extents(writer_fs->super))
		inode->i_flags |= EXT4_EXTENTS_FL;
	if (!error && blocks && ext2fs_file_block_offset_too_big(writer_fs, EXT2_INODE(inode), blocks - 1))
		error = EXT2_ET_FILE_TOO_BIG;
	if (error)
		return error;
	error = blocks_allocate(blocks, &ranges, &range_count);
	if (error)
		return error;
	error = report_extents(ranges, range_count);
	if (error)
		blocks_release(ranges, range_count);
	if (!error && range_count > 4) {
		/* The extent tree and the block map are built through an inode that is on the device. */
		unsigned flags = inode->i_flags;

		inode->i_flags &= ~EXT4_EXTENTS_FL;
		error = inode_write(ino, inode);
		inode->i_flags = flags;
	}
	if (!error)
		error = blocks_map(ino, EXT2_INODE(inode), ranges, range_count);
	free(ranges);
	return error ? error : inode_write(ino, inode);
}

/* The first block of the inode that write_with_blocks has just written. */
static blk64_t first_block(void)
{
	return (blk64_t)(writer_result.extents[0].offset / writer_fs->blocksize);
}

/* A regular file of `size` bytes whose blocks are initialised but not written: that is up to the host. */
EXPORT(writer_create_file)
errcode_t writer_create_file(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, double seconds,
			     uint32_t nanoseconds, double size)
{
	struct ext2_inode_large *inode;
	struct timestamp mtime = { (int64_t)seconds, nanoseconds };
	ext2_ino_t ino;
	errcode_t error;

	mode = LINUX_S_IFREG | (mode & 07777);
	error = allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	if (size > 0) {
		error = write_with_blocks(ino, inode, (uint64_t)size);
	} else {
		if (ext2fs_has_feature_extents(writer_fs->super)) {
			inode->i_flags |= EXT4_EXTENTS_FL;
			error = blocks_map(ino, EXT2_INODE(inode), NULL, 0);
		}
		if (!error)
			error = inode_write(ino, inode);
	}
	if (error)
		release(ino, mode);
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
	error = allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	error = ext2fs_new_dir_block(writer_fs, ino, parent, &block);
	if (!error) {
		error = write_with_blocks(ino, inode, writer_fs->blocksize);
		if (!error)
			error = ext2fs_write_dir_block4(writer_fs, first_block(), block, 0, ino);
		ext2fs_free_mem(&block);
	}
	if (error)
		release(ino, mode);
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
	error = allocate(parent, mode, uid, gid, mtime, &ino, &inode);
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
		error = write_with_blocks(ino, inode, length);
		memcpy(block, target, length);
		if (!error)
			error = io_channel_write_blk64(writer_fs->io, first_block(), 1, block);
		writer_result.extent_count = 0;
		free(block);
	}
	if (error)
		release(ino, mode);
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
	error = allocate(parent, mode, uid, gid, mtime, &ino, &inode);
	if (error)
		return error;
	if (major < 256 && minor < 256)
		inode->i_block[0] = major << 8 | minor;
	else
		inode->i_block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
	error = inode_write(ino, inode);
	if (error)
		release(ino, mode);
	return error;
}

/* Replaces owner, permissions and times; the type and the birth time stay. */
EXPORT(writer_set_attributes)
errcode_t writer_set_attributes(ext2_ino_t ino, unsigned mode, uint32_t uid, uint32_t gid, double seconds,
				uint32_t nanoseconds)
{
	struct ext2_inode_large *inode = inode_buffer();
	struct timestamp mtime = { (int64_t)seconds, nanoseconds };
	errcode_t error = inode ? inode_read(ino, inode) : EXT2_ET_NO_MEMORY;

	if (!error)
		error = put_attributes(inode, (inode->i_mode & LINUX_S_IFMT) | (mode & 07777), uid, gid, mtime);
	return error ? error : inode_write(ino, inode);
}

/* Sets the flags in `set` and clears those in `clear` (EXT2_IMMUTABLE_FL …). */
EXPORT(writer_set_flags) errcode_t writer_set_flags(ext2_ino_t ino, uint32_t set, uint32_t clear)
{
	struct ext2_inode inode;
	errcode_t error = ext2fs_read_inode(writer_fs, ino, &inode);

	if (error)
		return error;
	inode.i_flags = (inode.i_flags & ~clear) | set;
	return ext2fs_write_inode(writer_fs, ino, &inode);
}

/* Starts replacing all extended attributes of an inode: it has none now. */
EXPORT(writer_xattr_begin) errcode_t writer_xattr_begin(ext2_ino_t ino)
{
	errcode_t error = ext2fs_xattrs_open(writer_fs, ino, &xattrs);

	return error ? error : ext2fs_xattrs_write(xattrs);
}

/* `name` ends with NUL. POSIX ACLs come in the format of getxattr(2). */
EXPORT(writer_xattr_set) errcode_t writer_xattr_set(const char *name, const void *value, unsigned length)
{
	return ext2fs_xattr_set(xattrs, name, value, length);
}

EXPORT(writer_xattr_end) errcode_t writer_xattr_end(void)
{
	return ext2fs_xattrs_close(&xattrs);
}

/* Takes back an inode that has no name yet, with its blocks and extended attributes. */
EXPORT(writer_discard) errcode_t writer_discard(ext2_ino_t ino)
{
	struct ext2_inode_large *inode = inode_buffer();
	errcode_t error = inode ? inode_read(ino, inode) : EXT2_ET_NO_MEMORY;
	unsigned mode;

	if (error)
		return error;
	mode = inode->i_mode;
	directory_forget(ino);
	error = ext2fs_free_ext_attr(writer_fs, ino, inode);
	if (!error && ext2fs_inode_has_valid_blocks2(writer_fs, EXT2_INODE(inode)))
		error = ext2fs_punch(writer_fs, ino, EXT2_INODE(inode), NULL, 0, ~0ULL);
	if (!error)
		error = release(ino, mode);
	return error;
}
