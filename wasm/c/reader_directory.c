/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of a directory: linear, hashed and inline ones. */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef int (*entry_call)(ext2_ino_t dir, int entry, struct ext2_dir_entry *dirent, int offset, int blocksize,
			  char *buf, void *data);

struct directory {
	struct dir_context context;	/* of ext2fs_process_dir_block */
	blk64_t blocks;			/* by its size */
	int done;
};

/*
 * libext2fs's own iteration goes on behind an extent block whose checksum is wrong; here that is an error.
 * Holes and unwritten blocks have no names.
 */
static errcode_t each_block(const struct block_run *run, void *data)
{
	struct directory *directory = data;

	for (blk64_t i = 0; i < run->count && !run->unwritten && !directory->done; i++) {
		blk64_t block = run->physical + i;

		if (run->logical + i >= directory->blocks)
			break;
		if (ext2fs_process_dir_block(reader_fs, &block, run->logical + i, 0, 0, &directory->context) &
		    BLOCK_ABORT)
			directory->done = 1;
		if (directory->context.errcode)
			return directory->context.errcode;
	}
	return 0;
}

static errcode_t each_entry(ext2_ino_t dir, entry_call call, void *data)
{
	struct directory directory = { .context = { .dir = dir, .func = call, .priv_data = data } };
	struct ext2_inode_large *inode;
	errcode_t error = reader_read_inode(dir, &inode);

	if (error)
		return error;
	if (!LINUX_S_ISDIR(inode->i_mode))
		return EXT2_ET_NO_DIRECTORY;
	if (inode->i_flags & EXT4_INLINE_DATA_FL)
		return ext2fs_dir_iterate2(reader_fs, dir, 0, NULL, call, data);
	directory.blocks = EXT2_I_SIZE(inode);
	if (!ext2fs_has_feature_largedir(reader_fs->super))
		directory.blocks = inode->i_size;
	directory.blocks = (directory.blocks + reader_fs->blocksize - 1) / reader_fs->blocksize;
	directory.context.buf = malloc(reader_fs->blocksize);
	if (!directory.context.buf)
		return EXT2_ET_NO_MEMORY;
	error = reader_each_run(dir, inode, each_block, &directory);
	free(directory.context.buf);
	return error;
}

static int is_dot_or_dot_dot(const struct ext2_dir_entry *dirent, unsigned length)
{
	return dirent->name[0] == '.' && (length == 1 || (length == 2 && dirent->name[1] == '.'));
}

struct listing {
	int encrypted;
	errcode_t error;
};

static int list_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *dirent, int offset, int blocksize,
		      char *buf, void *data)
{
	struct listing *listing = data;
	unsigned length = ext2fs_dirent_name_len(dirent);
	struct reader_entry *out;

	(void)dir; (void)entry; (void)offset; (void)blocksize; (void)buf;
	if (length && is_dot_or_dot_dot(dirent, length))
		return 0;
	if (!length || (!listing->encrypted && (memchr(dirent->name, 0, length) || memchr(dirent->name, '/', length)))) {
		listing->error = EXT2_ET_DIR_CORRUPTED;
		return DIRENT_ABORT;
	}
	out = reader_append(sizeof(*out) + length);
	if (!out) {
		listing->error = EXT2_ET_NO_MEMORY;
		return DIRENT_ABORT;
	}
	out->inode = dirent->inode;
	out->type = ext2fs_has_feature_filetype(reader_fs->super) ? ext2fs_dirent_file_type(dirent) : 0;
	out->name_length = length;
	memcpy(out + 1, dirent->name, length);
	reader_result.count++;
	return 0;
}

/*
 * Lists a directory without "." and "..", in its own order: `count` times reader_entry and name, then, with
 * `stats`, as many times reader_stat.
 */
EXPORT(reader_list) errcode_t reader_list(ext2_ino_t dir, int stats)
{
	struct listing listing = { 0, 0 };
	struct ext2_inode_large *inode;
	uint32_t entries;
	size_t at = 0;
	errcode_t error;

	reader_begin();
	error = reader_read_inode(dir, &inode);
	if (error)
		return error;
	listing.encrypted = !!(inode->i_flags & EXT4_ENCRYPT_FL);
	error = each_entry(dir, list_entry, &listing);
	if (!error)
		error = listing.error;
	entries = reader_result.count;
	for (uint32_t i = 0; stats && !error && i < entries; i++) {
		struct reader_entry *entry = (struct reader_entry *)(reader_result.bytes + at);

		at += (sizeof(*entry) + entry->name_length + 7) & ~(size_t)7;
		error = reader_append_stat(entry->inode);
	}
	reader_result.count = entries;
	return error;
}

struct wanted {
	const char *name;
	unsigned length;
};

static int find_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *dirent, int offset, int blocksize,
		      char *buf, void *data)
{
	const struct wanted *wanted = data;

	(void)dir; (void)entry; (void)offset; (void)blocksize; (void)buf;
	if (wanted->length != ext2fs_dirent_name_len(dirent) || memcmp(wanted->name, dirent->name, wanted->length))
		return 0;
	reader_result.inode = dirent->inode;
	return DIRENT_ABORT;
}

/* Finds one name of a directory, "." and ".." included. */
EXPORT(reader_find) errcode_t reader_find(ext2_ino_t dir, const char *name, unsigned length)
{
	struct wanted wanted = { name, length };
	errcode_t error;

	reader_begin();
	reader_result.inode = 0;
	error = each_entry(dir, find_entry, &wanted);
	if (error)
		return error;
	return reader_result.inode ? 0 : EXT2_ET_FILE_NOT_FOUND;
}
