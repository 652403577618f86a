/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inodes: allocation, owners, times, flags. They are read and written in the page cache, past the library's own
 * cache of a few inodes: who calls a function of the library that reads an inode empties that one first.
 */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "page_cache.h"

#define PAGE 4096u	/* of the page cache */

struct timestamp {
	int64_t seconds;
	uint32_t nanoseconds;
};

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

/* Where an inode lies, in bytes of the device. */
static errcode_t locate(ext2_ino_t ino, uint64_t *offset)
{
	ext2_ino_t per_group = writer_fs->super->s_inodes_per_group;
	blk64_t table;

	if (!ino || ino > writer_fs->super->s_inodes_count)
		return EXT2_ET_BAD_INODE_NUM;
	table = ext2fs_inode_table_loc(writer_fs, (ino - 1) / per_group);
	if (!table)
		return EXT2_ET_MISSING_INODE_TABLE;
	*offset = table * writer_fs->blocksize +
		  (uint64_t)((ino - 1) % per_group) * EXT2_INODE_SIZE(writer_fs->super);
	return 0;
}

errcode_t inode_read(ext2_ino_t ino, struct ext2_inode_large *inode)
{
	uint64_t offset;
	errcode_t error = locate(ino, &offset);

	if (!error)
		error = page_cache_read(offset, EXT2_INODE_SIZE(writer_fs->super), inode);
	return error || ext2fs_inode_csum_verify(writer_fs, ino, inode) ? error : EXT2_ET_INODE_CSUM_INVALID;
}

errcode_t inode_write(ext2_ino_t ino, struct ext2_inode_large *inode)
{
	uint64_t offset;
	errcode_t error = locate(ino, &offset);

	if (!error)
		error = ext2fs_inode_csum_set(writer_fs, ino, inode);
	return error ? error : page_cache_write(offset, EXT2_INODE_SIZE(writer_fs->super), inode);
}

/*
 * The first inode in a page of a table that was zeroed and not used from there on: the page need not be read from
 * the device.
 */
static errcode_t prepare_table(ext2_ino_t ino)
{
	static const unsigned char zeros[PAGE];
	ext2_ino_t per_group = writer_fs->super->s_inodes_per_group;
	dgrp_t group = (ino - 1) / per_group;
	ext2_ino_t index = (ino - 1) % per_group;
	unsigned per_page = PAGE / EXT2_INODE_SIZE(writer_fs->super);
	uint64_t offset;
	errcode_t error;

	if (!ext2fs_has_group_desc_csum(writer_fs) ||
	    !ext2fs_bg_flags_test(writer_fs, group, EXT2_BG_INODE_ZEROED) ||
	    index < per_group - ext2fs_bg_itable_unused(writer_fs, group) || index + per_page > per_group)
		return 0;
	error = locate(ino, &offset);
	return error || offset % PAGE ? error : page_cache_write(offset, PAGE, zeros);
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

/* The host sees to it that the time is one of 1901 to 2446, which are fewer nanoseconds than 2^64. */
static struct timestamp split_time(uint64_t nanoseconds)
{
	const int64_t earliest = -(1ll << 31);
	uint64_t from_earliest = nanoseconds - (uint64_t)(earliest * 1000000000ll);

	return (struct timestamp){ (int64_t)(from_earliest / 1000000000u) + earliest, from_earliest % 1000000000u };
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

static errcode_t put_attributes(struct ext2_inode_large *inode, const struct attributes *attributes)
{
	struct timestamp mtime = split_time(attributes->mtime);
	struct timestamp now = { writer_fs->now, 0 };
	int extra = has_extra_times();

	if (!extra && mtime.seconds != (int32_t)mtime.seconds)
		return EOVERFLOW;
	inode->i_mode = attributes->mode;
	inode->i_uid = attributes->uid & 0xffff;
	inode->osd2.linux2.l_i_uid_high = attributes->uid >> 16;
	inode->i_gid = attributes->gid & 0xffff;
	inode->osd2.linux2.l_i_gid_high = attributes->gid >> 16;
	put_time(&inode->i_mtime, extra ? &inode->i_mtime_extra : NULL, mtime);
	put_time(&inode->i_atime, extra ? &inode->i_atime_extra : NULL, mtime);
	put_time(&inode->i_ctime, extra ? &inode->i_ctime_extra : NULL, now);
	return 0;
}

/* A new inode, in memory and in the bitmap; *result is inode_buffer(). */
errcode_t inode_allocate(const struct attributes *attributes, ext2_ino_t *ino, struct ext2_inode_large **result)
{
	static ext2_ino_t recent = EXT2_ROOT_INO;	/* the search starts in its group */
	struct ext2_inode_large *inode = inode_buffer();
	struct timestamp now = { writer_fs->now, 0 };
	int is_directory = LINUX_S_ISDIR(attributes->mode);
	errcode_t error;

	if (!inode)
		return EXT2_ET_NO_MEMORY;
	error = put_attributes(inode, attributes);
	if (!error)
		error = ext2fs_new_inode(writer_fs, recent, attributes->mode, NULL, ino);
	if (!error)
		error = prepare_table(*ino);
	if (error)
		return error;
	if (has_extra_times()) {
		inode->i_extra_isize = sizeof(*inode) - EXT2_GOOD_OLD_INODE_SIZE;
		put_time(&inode->i_crtime, &inode->i_crtime_extra, now);
	}
	inode->i_links_count = is_directory ? 2 : 1;
	ext2fs_inode_alloc_stats2(writer_fs, *ino, +1, is_directory);
	recent = *ino;
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

/* Takes back an inode that is on the device and has no name, with its blocks and extended attributes. */
errcode_t inode_discard(ext2_ino_t ino)
{
	struct ext2_inode_large *inode = inode_buffer();
	errcode_t error = inode_read(ino, inode);
	unsigned mode = inode->i_mode;

	if (error)
		return error;
	ext2fs_flush_icache(writer_fs);
	error = ext2fs_free_ext_attr(writer_fs, ino, inode);
	if (!error && ext2fs_inode_has_valid_blocks2(writer_fs, EXT2_INODE(inode)))
		error = ext2fs_punch(writer_fs, ino, EXT2_INODE(inode), NULL, 0, ~0ULL);
	return error ? error : inode_release(ino, mode);
}

/* Replaces owner, permissions and times; the type and the birth time stay. */
EXPORT(writer_set_attributes)
errcode_t writer_set_attributes(ext2_ino_t ino, uint32_t mode, uint32_t uid, uint32_t gid, uint64_t mtime)
{
	struct attributes attributes = { mode & 07777, uid, gid, mtime };
	struct ext2_inode_large *inode = inode_buffer();
	errcode_t error = inode ? inode_read(ino, inode) : EXT2_ET_NO_MEMORY;

	attributes.mode |= inode->i_mode & LINUX_S_IFMT;
	if (!error)
		error = put_attributes(inode, &attributes);
	return error ? error : inode_write(ino, inode);
}

/* Sets the flags in `set` and clears those in `clear` (EXT2_IMMUTABLE_FL …). */
EXPORT(writer_set_flags) errcode_t writer_set_flags(ext2_ino_t ino, uint32_t set, uint32_t clear)
{
	struct ext2_inode_large *inode = inode_buffer();
	errcode_t error = inode ? inode_read(ino, inode) : EXT2_ET_NO_MEMORY;

	if (error)
		return error;
	inode->i_flags = (inode->i_flags & ~clear) | set;
	return inode_write(ino, inode);
}
