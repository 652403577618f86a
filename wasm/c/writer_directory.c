/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directories in use. One that was there before is read into memory when it is first asked for; names are
 * added in memory only, where their blocks are counted.
 */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct directory **table;	/* by inode number, open addressing; NULL: free */
static size_t table_size;		/* a power of two */
static struct directory **all;		/* in the order of first use */
static size_t directory_count, directory_capacity;
static struct directory *recent;

/* Bytes of a block that entries may use: all but the checksum's tail. */
unsigned directory_block_space(void)
{
	unsigned tail = ext2fs_has_feature_metadata_csum(writer_fs->super) ? sizeof(struct ext2_dir_entry_tail) : 0;

	return writer_fs->blocksize - tail;
}

static struct directory **slot(ext2_ino_t ino)
{
	size_t at = ino * 0x9e3779b1u >> 4 & (table_size - 1);

	while (table[at] && table[at]->ino != ino)
		at = (at + 1) & (table_size - 1);
	return &table[at];
}

static errcode_t grow(void)
{
	size_t size = table_size ? table_size * 2 : 1024;
	struct directory **fresh = calloc(size, sizeof(*fresh));
	struct directory **list = realloc(all, size / 2 * sizeof(*list));

	if (list)
		all = list;
	if (!fresh || !list) {
		free(fresh);
		return EXT2_ET_NO_MEMORY;
	}
	free(table);
	table = fresh;
	table_size = size;
	for (size_t i = 0; i < directory_count; i++)
		*slot(all[i]->ino) = all[i];
	return 0;
}

static errcode_t new_directory(ext2_ino_t ino, ext2_ino_t parent, struct directory **result)
{
	struct directory *directory;
	errcode_t error = directory_count >= table_size / 2 ? grow() : 0;

	if (error)
		return error;
	directory = calloc(1, sizeof(*directory));
	if (!directory)
		return EXT2_ET_NO_MEMORY;
	directory->ino = ino;
	directory->parent = parent;
	directory->blocks = 1;
	directory->fill = 2 * EXT2_DIR_REC_LEN(1);
	directory->links = 2;
	all[directory_count++] = directory;
	*slot(ino) = directory;
	recent = directory;
	*result = directory;
	return 0;
}

/* Counts the space of one more name. */
static void pack(struct directory *directory, unsigned name_length)
{
	unsigned length = EXT2_DIR_REC_LEN(name_length);

	if (directory->fill + length > directory_block_space()) {
		directory->blocks++;
		directory->fill = 0;
	}
	directory->fill += length;
}

struct reading {
	struct directory *directory;
	errcode_t error;
};

static int read_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *dirent, int offset, int blocksize,
		      char *buf, void *data)
{
	struct reading *reading = data;
	unsigned length = ext2fs_dirent_name_len(dirent);
	struct name *name;

	(void)dir; (void)offset; (void)blocksize; (void)buf;
	if (entry == DIRENT_DOT_FILE)
		return 0;
	if (entry == DIRENT_DOT_DOT_FILE) {
		reading->directory->parent = dirent->inode;
		return 0;
	}
	name = names_allocate((unsigned char *)dirent->name, length);
	reading->error = EXT2_ET_NO_MEMORY;
	if (name) {
		name->ino = dirent->inode;
		name->file_type = ext2fs_dirent_file_type(dirent);
		reading->error = names_add(reading->directory, name);
	}
	pack(reading->directory, length);
	return reading->error ? DIRENT_ABORT : 0;
}

/* Reads a directory of the device. */
static errcode_t load(ext2_ino_t ino, struct directory **result)
{
	const unsigned unsupported = EXT4_ENCRYPT_FL | EXT4_CASEFOLD_FL | EXT4_INLINE_DATA_FL;
	struct ext2_inode_large *inode = inode_buffer();
	struct reading reading = { NULL, 0 };
	errcode_t error = inode ? inode_read(ino, inode) : EXT2_ET_NO_MEMORY;

	if (error)
		return error;
	if (!LINUX_S_ISDIR(inode->i_mode))
		return EXT2_ET_NO_DIRECTORY;
	if (inode->i_flags & unsupported)
		return EXT2_ET_UNSUPP_FEATURE;
	if (!EXT2_I_SIZE(inode) || EXT2_I_SIZE(inode) % writer_fs->blocksize)
		return EXT2_ET_DIR_CORRUPTED;
	error = new_directory(ino, 0, &reading.directory);
	if (error)
		return error;
	reading.directory->old_blocks = EXT2_I_SIZE(inode) / writer_fs->blocksize;
	reading.directory->links = inode->i_links_count;
	ext2fs_flush_icache(writer_fs);
	error = ext2fs_dir_iterate2(writer_fs, ino, 0, NULL, read_entry, &reading);
	if (!error)
		error = reading.error;
	if (!error && !reading.directory->parent)
		error = EXT2_ET_DIR_CORRUPTED;
	reading.directory->broken = error;
	*result = reading.directory;
	return error;
}

/* The directory with this inode. */
errcode_t directory_open(ext2_ino_t ino, struct directory **result)
{
	struct directory *known = recent;

	if (!known || known->ino != ino)
		known = table_size ? *slot(ino) : NULL;
	if (!known)
		return load(ino, result);
	recent = *result = known;
	return known->broken;
}

/*
 * Blocks that have to be set aside for a directory of `blocks` blocks of names: those, and what their map may
 * take if the free space is in pieces. Without growth it keeps what it has.
 */
blk64_t directory_needs(const struct directory *directory, uint32_t blocks)
{
	struct block_range range = { 0, 0, blocks };
	struct block_ranges ranges = { &range, 1, 1 };

	if (blocks <= directory->old_blocks)
		return 0;
	blocks -= directory->old_blocks;
	if (ext2fs_has_feature_extents(writer_fs->super))
		return blocks + extents_tree_blocks(range.count);
	return blocks + blockmap_blocks(&ranges);
}

/* A new directory whose inode exists: one block is set aside for it by the caller. */
errcode_t directory_create(ext2_ino_t ino, ext2_ino_t parent)
{
	struct directory *directory;
	errcode_t error = new_directory(ino, parent, &directory);

	if (error)
		return error;
	directory->changed = 1;
	directory->set_aside = directory_needs(directory, 1);
	return 0;
}

/* How many blocks more have to be set aside before a name of this length is added. */
blk64_t directory_growth(const struct directory *directory, unsigned name_length)
{
	if (directory->fill + EXT2_DIR_REC_LEN(name_length) <= directory_block_space())
		return 0;
	return directory_needs(directory, directory->blocks + 1) - directory_needs(directory, directory->blocks);
}

/* Refuses what cannot be a name, or is one already. */
errcode_t directory_check_new(const struct directory *directory, const unsigned char *name, unsigned length)
{
	if (!length || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))))
		return EINVAL;
	if (length > EXT2_NAME_LEN)
		return ENAMETOOLONG;
	if (memchr(name, '/', length) || memchr(name, 0, length))
		return EINVAL;
	/* Without large_dir a directory's size has 31 bits. The index may need a quarter more than the names. */
	if ((uint64_t)directory->blocks * writer_fs->blocksize >= 3ull << 29)
		return EFBIG;
	return names_find(directory, name, length) ? EEXIST : 0;
}

/* Whether one more subdirectory can be counted. */
errcode_t directory_check_link(const struct directory *directory)
{
	uint64_t links = (uint64_t)directory->links + directory->added_subdirectories;

	return ext2fs_has_feature_dir_nlink(writer_fs->super) || links < EXT2_LINK_MAX ? 0 : EMLINK;
}

/* Adds a name; `set_aside` is what directory_growth() told and the caller has set aside. */
errcode_t directory_add(struct directory *directory, struct name *name, blk64_t set_aside)
{
	errcode_t error = names_add(directory, name);

	if (error)
		return error;
	pack(directory, name->length);
	directory->set_aside += set_aside;
	directory->changed = 1;
	return 0;
}

/* Writes every directory that has changed. */
errcode_t directories_write(void)
{
	for (size_t i = 0; i < directory_count; i++) {
		errcode_t error = all[i]->changed ? directory_write(all[i]) : 0;

		if (error)
			return error;
		all[i]->changed = 0;
	}
	return 0;
}
