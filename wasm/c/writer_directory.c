/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names in directories. ext2fs_link() searches a directory from its start for every name; here a name goes
 * behind the last one, and the directory's last block stays in memory while names are added to it: n names
 * cost O(n). The host sees to it that no name is added twice.
 *
 * A directory with a hash index (EXT2_INDEX_FL) is left to ext2fs_link(), which keeps the index right.
 */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
	ext2_ino_t ino;		/* 0: none */
	int indexed;
	int dirty;
	blk64_t block;		/* physical */
	unsigned last;		/* offset of the last entry in the buffer */
	char *buffer;
} current;

static unsigned usable(void)
{
	unsigned tail = ext2fs_has_feature_metadata_csum(writer_fs->super) ? sizeof(struct ext2_dir_entry_tail) : 0;

	return writer_fs->blocksize - tail;
}

static struct ext2_dir_entry *entry_at(unsigned offset)
{
	return (struct ext2_dir_entry *)(current.buffer + offset);
}

errcode_t directory_flush(void)
{
	if (!current.dirty)
		return 0;
	current.dirty = 0;
	return ext2fs_write_dir_block4(writer_fs, current.block, current.buffer, 0, current.ino);
}

/* The directory's inode is about to be freed: whatever is in memory of it is void. */
void directory_forget(ext2_ino_t ino)
{
	if (current.ino == ino) {
		current.ino = 0;
		current.dirty = 0;
	}
}

static errcode_t find_last_entry(void)
{
	unsigned offset = 0, length;

	for (;;) {
		errcode_t error = ext2fs_get_rec_len(writer_fs, entry_at(offset), &length);

		if (error)
			return error;
		if (length < 8 || offset + length > usable())
			return EXT2_ET_DIR_CORRUPTED;
		if (offset + length == usable())
			break;
		offset += length;
	}
	current.last = offset;
	return 0;
}

/* Makes `ino` the directory in memory. */
static errcode_t load(ext2_ino_t ino)
{
	struct ext2_inode inode;
	errcode_t error;
	blk64_t blocks;

	if (current.ino == ino)
		return 0;
	error = directory_flush();
	if (error)
		return error;
	current.ino = 0;
	if (!current.buffer && !(current.buffer = malloc(writer_fs->blocksize)))
		return EXT2_ET_NO_MEMORY;
	error = ext2fs_read_inode(writer_fs, ino, &inode);
	if (error)
		return error;
	if (!LINUX_S_ISDIR(inode.i_mode))
		return EXT2_ET_NO_DIRECTORY;
	current.indexed = (inode.i_flags & EXT2_INDEX_FL) != 0;
	if (!current.indexed) {
		blocks = EXT2_I_SIZE(&inode) / writer_fs->blocksize;
		if (!blocks)
			return EXT2_ET_DIR_CORRUPTED;
		error = ext2fs_bmap2(writer_fs, ino, &inode, NULL, 0, blocks - 1, NULL, &current.block);
		if (!error && !current.block)
			error = EXT2_ET_DIR_CORRUPTED;
		if (!error)
			error = ext2fs_read_dir_block4(writer_fs, current.block, current.buffer, 0, ino);
		if (!error)
			error = find_last_entry();
		if (error)
			return error;
	}
	current.ino = ino;
	return 0;
}

/* Bytes of the last entry's record that its name does not need. */
static errcode_t slack(unsigned *used, unsigned *length)
{
	struct ext2_dir_entry *last = entry_at(current.last);

	*used = last->inode ? EXT2_DIR_REC_LEN(ext2fs_dirent_name_len(last)) : 0;
	return ext2fs_get_rec_len(writer_fs, last, length);
}

/* Adds an empty block at the end of the current directory and makes it the block in memory. */
static errcode_t append_block(void)
{
	struct ext2_inode inode;
	blk64_t block, size;
	char *empty;
	errcode_t error = directory_flush();

	if (!error)
		error = ext2fs_read_inode(writer_fs, current.ino, &inode);
	if (error)
		return error;
	size = EXT2_I_SIZE(&inode);
	error = ext2fs_bmap2(writer_fs, current.ino, &inode, NULL, BMAP_ALLOC, size / writer_fs->blocksize, NULL, &block);
	if (!error)
		error = ext2fs_inode_size_set(writer_fs, &inode, size + writer_fs->blocksize);
	if (!error)
		error = ext2fs_write_inode(writer_fs, current.ino, &inode);
	if (!error)
		error = ext2fs_new_dir_block(writer_fs, 0, 0, &empty);
	if (error)
		return error;
	memcpy(current.buffer, empty, writer_fs->blocksize);
	ext2fs_free_mem(&empty);
	current.block = block;
	current.last = 0;
	current.dirty = 1;
	return 0;
}

/* Makes room for one name of `name_length` bytes in the directory. */
EXPORT(writer_reserve) errcode_t writer_reserve(ext2_ino_t parent, unsigned name_length)
{
	unsigned used, length;
	errcode_t error = load(parent);

	if (error || current.indexed)
		return error;
	error = slack(&used, &length);
	if (error || length - used >= EXT2_DIR_REC_LEN(name_length))
		return error;
	return append_block();
}

/* ext2fs_link() into an indexed directory; it may ask for another block first. */
static errcode_t link_indexed(ext2_ino_t parent, ext2_ino_t ino, const char *name, unsigned length, int type)
{
	char terminated[EXT2_NAME_LEN + 1];
	errcode_t error;

	memcpy(terminated, name, length);
	terminated[length] = 0;
	error = ext2fs_link(writer_fs, parent, terminated, ino, type);
	if (error != EXT2_ET_DIR_NO_SPACE)
		return error;
	error = ext2fs_expand_dir(writer_fs, parent);
	return error ? error : ext2fs_link(writer_fs, parent, terminated, ino, type);
}

static errcode_t append_entry(ext2_ino_t ino, const char *name, unsigned name_length, int type)
{
	struct ext2_dir_entry *entry;
	unsigned used, length;
	errcode_t error = slack(&used, &length);

	if (!error && length - used < EXT2_DIR_REC_LEN(name_length))
		error = EXT2_ET_DIR_NO_SPACE;
	if (!error && used)
		error = ext2fs_set_rec_len(writer_fs, used, entry_at(current.last));
	if (error)
		return error;
	current.last += used;
	entry = entry_at(current.last);
	entry->inode = ino;
	ext2fs_set_rec_len(writer_fs, length - used, entry);
	ext2fs_dirent_set_name_len(entry, name_length);
	ext2fs_dirent_set_file_type(entry, ext2fs_has_feature_filetype(writer_fs->super) ? type : 0);
	memcpy(entry->name, name, name_length);
	current.dirty = 1;
	return 0;
}

static int file_type(unsigned mode)
{
	switch (mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG: return EXT2_FT_REG_FILE;
	case LINUX_S_IFDIR: return EXT2_FT_DIR;
	case LINUX_S_IFCHR: return EXT2_FT_CHRDEV;
	case LINUX_S_IFBLK: return EXT2_FT_BLKDEV;
	case LINUX_S_IFIFO: return EXT2_FT_FIFO;
	case LINUX_S_IFSOCK: return EXT2_FT_SOCK;
	case LINUX_S_IFLNK: return EXT2_FT_SYMLINK;
	default: return EXT2_FT_UNKNOWN;
	}
}

/*
 * Adds to an inode's link count, or with `probe` only tells whether that can be done. A directory with more
 * subdirectories than a link count holds has the count 1 (dir_nlink); without that feature, and for anything
 * else, EMLINK.
 */
static errcode_t add_link(ext2_ino_t ino, int probe)
{
	struct ext2_inode inode;
	errcode_t error = ext2fs_read_inode(writer_fs, ino, &inode);

	if (error)
		return error;
	if (LINUX_S_ISDIR(inode.i_mode) && inode.i_links_count == 1)
		return 0;
	if (inode.i_links_count < EXT2_LINK_MAX)
		inode.i_links_count++;
	else if (LINUX_S_ISDIR(inode.i_mode) && ext2fs_has_feature_dir_nlink(writer_fs->super))
		inode.i_links_count = 1;
	else
		return EMLINK;
	return probe ? 0 : ext2fs_write_inode(writer_fs, ino, &inode);
}

/*
 * Names an inode. `another`: the inode has a name already and gets one more link. A new directory's ".." is
 * a link to the parent. The caller has called writer_reserve for the same parent and length.
 */
EXPORT(writer_add_name)
errcode_t writer_add_name(ext2_ino_t parent, ext2_ino_t ino, const char *name, unsigned name_length, int another)
{
	struct ext2_inode inode;
	ext2_ino_t linked = 0;
	errcode_t error = load(parent);

	if (!error)
		error = ext2fs_read_inode(writer_fs, ino, &inode);
	if (error)
		return error;
	if (another && (LINUX_S_ISDIR(inode.i_mode) || !inode.i_links_count))
		return LINUX_S_ISDIR(inode.i_mode) ? EPERM : ENOENT;
	if (another)
		linked = ino;
	else if (LINUX_S_ISDIR(inode.i_mode))
		linked = parent;
	if (linked)
		error = add_link(linked, 1);
	if (!error && current.indexed)
		error = link_indexed(parent, ino, name, name_length, file_type(inode.i_mode));
	else if (!error)
		error = append_entry(ino, name, name_length, file_type(inode.i_mode));
	return error || !linked ? error : add_link(linked, 0);
}
