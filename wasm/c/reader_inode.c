/* SPDX-License-Identifier: GPL-2.0-only */
/* What an inode says of itself: stat, the target of a link, extended attributes. */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The inode in a buffer that lives until the next call, as large as struct ext2_inode_large at least. */
errcode_t reader_read_inode(ext2_ino_t ino, struct ext2_inode_large **inode)
{
	static struct ext2_inode_large *buffer;
	size_t size = EXT2_INODE_SIZE(reader_fs->super);

	if (size < sizeof(*buffer))
		size = sizeof(*buffer);
	if (!buffer && !(buffer = malloc(size)))
		return EXT2_ET_NO_MEMORY;
	memset(buffer, 0, size);
	*inode = buffer;
	return ext2fs_read_inode_full(reader_fs, ino, EXT2_INODE(buffer), EXT2_INODE_SIZE(reader_fs->super));
}

/* EXT2_FT_*, or 0 if there is no such type. */
int reader_type_of_mode(unsigned mode)
{
	switch (mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
		return EXT2_FT_REG_FILE;
	case LINUX_S_IFDIR:
		return EXT2_FT_DIR;
	case LINUX_S_IFCHR:
		return EXT2_FT_CHRDEV;
	case LINUX_S_IFBLK:
		return EXT2_FT_BLKDEV;
	case LINUX_S_IFIFO:
		return EXT2_FT_FIFO;
	case LINUX_S_IFSOCK:
		return EXT2_FT_SOCK;
	case LINUX_S_IFLNK:
		return EXT2_FT_SYMLINK;
	default:
		return 0;
	}
}

/* Whether the inode has the field that ends at `end` bytes from its start. */
static int has_field(const struct ext2_inode_large *inode, size_t end)
{
	return EXT2_INODE_SIZE(reader_fs->super) > EXT2_GOOD_OLD_INODE_SIZE &&
	       end <= EXT2_GOOD_OLD_INODE_SIZE + (size_t)inode->i_extra_isize;
}

#define HAS_FIELD(inode, field) \
	has_field(inode, offsetof(struct ext2_inode_large, field) + sizeof((inode)->field))

/* 32 bits of seconds, signed; `extra` has 2 bits above them and 30 bits of nanoseconds. */
static void put_time(struct reader_stat *stat, int index, uint32_t low, uint32_t extra)
{
	stat->seconds[index] = (int64_t)(int32_t)low + ((int64_t)(extra & 3) << 32);
	stat->nanoseconds[index] = extra >> 2;
}

static void put_device(struct reader_stat *stat, const struct ext2_inode_large *inode)
{
	uint32_t old = inode->i_block[0], new = inode->i_block[1];

	stat->major = old ? old >> 8 & 0xff : (new & 0xfff00) >> 8;
	stat->minor = old ? old & 0xff : (new & 0xff) | (new >> 12 & 0xfff00);
}

static uint64_t size_of(const struct ext2_inode_large *inode)
{
	uint64_t high = LINUX_S_ISREG(inode->i_mode) || ext2fs_has_feature_largedir(reader_fs->super) ?
				inode->i_size_high : 0;

	return inode->i_size | high << 32;
}

static errcode_t put_stat(ext2_ino_t ino, struct reader_stat *stat)
{
	struct ext2_inode_large *inode;
	errcode_t error = reader_read_inode(ino, &inode);
	int type;

	if (error)
		return error;
	type = reader_type_of_mode(inode->i_mode);
	if (!type)
		return EXT2_ET_INODE_CORRUPTED;
	stat->mode = inode->i_mode;
	stat->uid = inode_uid(*inode);
	stat->gid = inode_gid(*inode);
	stat->links = inode->i_links_count;
	stat->flags = inode->i_flags;
	stat->size = (double)size_of(inode);
	stat->sectors = (double)ext2fs_get_stat_i_blocks(reader_fs, EXT2_INODE(inode));
	put_time(stat, 0, inode->i_mtime, HAS_FIELD(inode, i_mtime_extra) ? inode->i_mtime_extra : 0);
	put_time(stat, 1, inode->i_atime, HAS_FIELD(inode, i_atime_extra) ? inode->i_atime_extra : 0);
	put_time(stat, 2, inode->i_ctime, HAS_FIELD(inode, i_ctime_extra) ? inode->i_ctime_extra : 0);
	stat->has_birth_time = HAS_FIELD(inode, i_crtime);
	if (stat->has_birth_time)
		put_time(stat, 3, inode->i_crtime, HAS_FIELD(inode, i_crtime_extra) ? inode->i_crtime_extra : 0);
	if (type == EXT2_FT_CHRDEV || type == EXT2_FT_BLKDEV)
		put_device(stat, inode);
	return 0;
}

/* Appends a reader_stat, which has the error if the inode cannot be read; fails only for want of memory. */
errcode_t reader_append_stat(ext2_ino_t ino)
{
	struct reader_stat *stat = reader_append(sizeof(*stat));

	if (!stat)
		return EXT2_ET_NO_MEMORY;
	stat->inode = ino;
	stat->error = put_stat(ino, stat);
	reader_result.count++;
	return 0;
}

EXPORT(reader_stat) errcode_t reader_stat(ext2_ino_t ino)
{
	errcode_t error;

	reader_begin();
	error = reader_append_stat(ino);
	return error ? error : ((struct reader_stat *)reader_result.bytes)->error;
}

/* The first `wanted` bytes of what lies in the inode and in its attribute system.data. */
static errcode_t append_inline(ext2_ino_t ino, struct ext2_inode_large *inode, uint64_t wanted)
{
	size_t size;
	unsigned char *out;
	errcode_t error = ext2fs_inline_data_size(reader_fs, ino, &size);

	if (error)
		return error;
	if (wanted > size)
		return EXT2_ET_INODE_CORRUPTED;
	out = reader_append(size);
	if (!out)
		return EXT2_ET_NO_MEMORY;
	error = ext2fs_inline_data_get(reader_fs, ino, EXT2_INODE(inode), out, NULL);
	reader_result.length = wanted;
	return error;
}

/* The whole content of a file that lies in its inode (EXT4_INLINE_DATA_FL). */
EXPORT(reader_inline_data) errcode_t reader_inline_data(ext2_ino_t ino)
{
	struct ext2_inode_large *inode;
	errcode_t error;

	reader_begin();
	error = reader_read_inode(ino, &inode);
	return error ? error : append_inline(ino, inode, size_of(inode));
}

static errcode_t first_run(const struct block_run *run, void *data)
{
	struct block_run *first = data;

	if (!first->count)
		*first = *run;
	return 0;
}

static errcode_t append_slow_link(ext2_ino_t ino, struct ext2_inode_large *inode, uint64_t size)
{
	struct block_run run = { 0 };
	unsigned char *out;
	errcode_t error = reader_each_run(ino, inode, first_run, &run);

	if (!error && (!run.count || run.logical || run.unwritten || size >= reader_fs->blocksize))
		error = EXT2_ET_INODE_CORRUPTED;
	if (error)
		return error;
	out = reader_append(reader_fs->blocksize);
	if (!out)
		return EXT2_ET_NO_MEMORY;
	reader_result.length = size;
	return io_channel_read_blk64(reader_fs->io, run.physical, 1, out);
}

/* The target of a symbolic link; of an encrypted one, the cipher text with its header. */
EXPORT(reader_readlink) errcode_t reader_readlink(ext2_ino_t ino)
{
	struct ext2_inode_large *inode;
	uint64_t size;
	unsigned char *out;
	errcode_t error;

	reader_begin();
	error = reader_read_inode(ino, &inode);
	if (error)
		return error;
	if (!LINUX_S_ISLNK(inode->i_mode))
		return EINVAL;
	size = size_of(inode);
	if (inode->i_flags & EXT4_INLINE_DATA_FL)
		return append_inline(ino, inode, size);
	if (!ext2fs_is_fast_symlink(EXT2_INODE(inode)) || inode->i_flags & EXT4_EXTENTS_FL)
		return append_slow_link(ino, inode, size);
	out = reader_append(size);
	if (!out)
		return EXT2_ET_NO_MEMORY;
	memcpy(out, inode->i_block, size);
	reader_result.length = size;
	return 0;
}

static int append_xattr(char *name, char *value, size_t length, void *data)
{
	errcode_t *error = data;
	struct reader_xattr *out;
	size_t name_length = strlen(name);

	out = reader_append(sizeof(*out) + name_length + length);
	if (!out) {
		*error = EXT2_ET_NO_MEMORY;
		return XATTR_ABORT;
	}
	out->name_length = name_length;
	out->value_length = length;
	memcpy(out + 1, name, name_length);
	memcpy((char *)(out + 1) + name_length, value, length);
	reader_result.count++;
	return 0;
}

/* All extended attributes with their values as stored: POSIX ACLs in ext4's own format. */
EXPORT(reader_xattrs) errcode_t reader_xattrs(ext2_ino_t ino)
{
	struct ext2_xattr_handle *handle;
	errcode_t error, failed = 0;

	reader_begin();
	error = ext2fs_xattrs_open(reader_fs, ino, &handle);
	if (error)
		return error;
	error = ext2fs_xattrs_read(handle);
	if (!error)
		error = ext2fs_xattrs_iterate(handle, append_xattr, &failed);
	ext2fs_xattrs_close(&handle);
	return error ? error : failed;
}
