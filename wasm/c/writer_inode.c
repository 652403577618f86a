/* SPDX-License-Identifier: GPL-2.0-only */
/* Inodes: allocation, owners, times, flags. */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* crc32c over the inode's number and generation and then `data`, as ext4 checks blocks that belong to an inode. */
uint32_t metadata_checksum(ext2_ino_t ino, uint32_t generation, const void *data, size_t length)
{
	uint32_t sum = ext2fs_crc32c_le(writer_fs->csum_seed, (unsigned char *)&ino, sizeof(ino));

	sum = ext2fs_crc32c_le(sum, (unsigned char *)&generation, sizeof(generation));
	return ext2fs_crc32c_le(sum, data, length);
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
errcode_t inode_allocate(ext2_ino_t parent, unsigned mode, uint32_t uid, uint32_t gid, struct timestamp mtime,
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
errcode_t inode_release(ext2_ino_t ino, unsigned mode)
{
	struct ext2_inode_large *inode = inode_buffer();

	ext2fs_inode_alloc_stats2(writer_fs, ino, -1, LINUX_S_ISDIR(mode));
	inode->i_dtime = writer_fs->now;
	return inode_write(ino, inode);
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
		error = inode_release(ino, mode);
	return error;
}
