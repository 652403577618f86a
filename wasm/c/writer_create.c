/* SPDX-License-Identifier: GPL-2.0-only */
/* New entries of every type, and further names of an inode. */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ranges of logical blocks as the host gives them: numbers of blocks, sorted and disjoint. */
struct host_range {
	double logical;
	double count;
};

/* What writer_create() is asked for; which fields count depends on the type in `mode`. */
struct request {
	struct attributes attributes;
	double size;			/* file: bytes; symbolic link: bytes of its target */
	const struct host_range *data;	/* file: what is not a hole; NULL: all of it */
	size_t data_count;
	unsigned major, minor;		/* devices */
};

static errcode_t report_extents(const struct block_ranges *placed)
{
	struct byte_range *out = writer_result.extents;

	if (placed->count > writer_result.extent_count || !out) {
		out = realloc(out, (placed->count + 1) * sizeof(*out));
		if (!out)
			return EXT2_ET_NO_MEMORY;
		writer_result.extents = out;
	}
	for (size_t i = 0; i < placed->count; i++) {
		out[i].position = (double)placed->items[i].logical * writer_fs->blocksize;
		out[i].offset = (double)placed->items[i].start * writer_fs->blocksize;
		out[i].length = (double)placed->items[i].count * writer_fs->blocksize;
	}
	writer_result.extent_count = placed->count;
	return 0;
}

static errcode_t put_file(ext2_ino_t ino, struct ext2_inode_large *inode, const struct request *request,
			  struct block_ranges *placed)
{
	uint64_t size = (uint64_t)request->size;
	struct block_range whole = { 0, 0, (size + writer_fs->blocksize - 1) / writer_fs->blocksize };
	struct block_ranges all = { &whole, whole.count ? 1 : 0, 1 };
	struct block_ranges data = { 0 };
	errcode_t error = 0;

	if (!request->data)
		return content_create(ino, EXT2_INODE(inode), size, &all, placed);
	for (size_t i = 0; i < request->data_count && !error; i++) {
		struct block_range range = { .logical = (blk64_t)request->data[i].logical,
					     .count = (blk64_t)request->data[i].count };

		error = ranges_push(&data, range);
	}
	if (!error)
		error = content_create(ino, EXT2_INODE(inode), size, &data, placed);
	ranges_free(&data);
	return error;
}

/* A target that fits lies in i_block, a longer one in a block of its own. */
static errcode_t put_symlink(ext2_ino_t ino, struct ext2_inode_large *inode, unsigned length,
			     struct block_ranges *placed)
{
	const unsigned char *target = writer_text + NAME_SPACE;
	struct block_range first = { 0, 0, 1 };
	struct block_ranges data = { &first, 1, 1 };
	char *block;
	errcode_t error;

	if (length < sizeof(inode->i_block)) {
		memcpy(inode->i_block, target, length);
		return ext2fs_inode_size_set(writer_fs, EXT2_INODE(inode), length);
	}
	block = calloc(1, writer_fs->blocksize);
	if (!block)
		return EXT2_ET_NO_MEMORY;
	memcpy(block, target, length);
	error = content_create(ino, EXT2_INODE(inode), length, &data, placed);
	if (!error)
		error = io_channel_write_blk64(writer_fs->io, placed->items[0].start, 1, block);
	free(block);
	return error;
}

static void put_device(struct ext2_inode_large *inode, unsigned major, unsigned minor)
{
	if (major < 256 && minor < 256)
		inode->i_block[0] = major << 8 | minor;
	else
		inode->i_block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

/* Fills a new inode and writes it. A directory has no blocks yet. */
static errcode_t put_inode(ext2_ino_t ino, struct ext2_inode_large *inode, const struct request *request)
{
	struct block_ranges placed = { 0 };
	errcode_t error = 0;

	switch (request->attributes.mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
		error = put_file(ino, inode, request, &placed);
		break;
	case LINUX_S_IFLNK:
		error = put_symlink(ino, inode, (unsigned)request->size, &placed);
		break;
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
		put_device(inode, request->major, request->minor);
	}
	if (!error)
		error = inode_write(ino, inode);
	if (!error)
		error = report_extents(&placed);
	if (error && placed.count)
		ext2fs_punch(writer_fs, ino, EXT2_INODE(inode), NULL, 0, ~0ULL);
	ranges_free(&placed);
	return error;
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

/* A name that may be added to the directory, and the blocks that are set aside for it. */
struct place {
	struct directory *directory;
	struct name *name;
	blk64_t set_aside;
};

static errcode_t prepare_place(ext2_ino_t parent, unsigned name_length, struct place *place)
{
	errcode_t error = directory_open(parent, &place->directory);

	if (!error)
		error = directory_check_new(place->directory, writer_text, name_length);
	if (error)
		return error;
	place->set_aside = directory_growth(place->directory, name_length);
	error = blocks_set_aside(place->set_aside);
	if (error)
		return error;
	place->name = names_allocate(writer_text, name_length);
	if (place->name)
		return 0;
	blocks_give_back(place->set_aside);
	return EXT2_ET_NO_MEMORY;
}

static errcode_t take_place(struct place *place, ext2_ino_t ino, unsigned mode)
{
	place->name->ino = ino;
	place->name->file_type = file_type(mode);
	return directory_add(place->directory, place->name, place->set_aside);
}

static errcode_t create_directory(struct place *place, ext2_ino_t ino)
{
	errcode_t error = blocks_set_aside(1);

	if (error)
		return error;
	error = directory_create(ino, place->directory->ino);
	if (error)
		blocks_give_back(1);
	return error;
}

static errcode_t create(struct place *place, const struct request *request, const unsigned char *xattrs,
			size_t xattrs_length)
{
	unsigned mode = request->attributes.mode;
	struct ext2_inode_large *inode;
	ext2_ino_t ino;
	errcode_t error = inode_allocate(&request->attributes, &ino, &inode);

	if (error)
		return error;
	error = put_inode(ino, inode, request);
	if (error) {
		inode_release(ino, mode);
		return error;
	}
	if (xattrs_length)
		error = xattrs_write(ino, xattrs, xattrs_length, 0);
	/* The last steps fail only without memory, or before they have changed anything. */
	if (!error && LINUX_S_ISDIR(mode))
		error = create_directory(place, ino);
	if (!error)
		error = take_place(place, ino, mode);
	if (error) {
		inode_discard(ino);
		return error;
	}
	if (LINUX_S_ISDIR(mode))
		place->directory->added_subdirectories++;
	writer_result.inode = ino;
	return 0;
}

/*
 * Makes an inode with the name in writer_text; the target of a symbolic link lies there as well. `a` and `b` are
 * the ranges of a file that are not holes (or 0: there are none) and their number, or major and minor number of a device. Its number and extents go to
 * writer_result. On failure nothing has changed.
 */
EXPORT(writer_create)
errcode_t writer_create(ext2_ino_t parent, unsigned name_length, uint32_t mode, uint32_t uid, uint32_t gid,
			uint64_t mtime, double size, uint32_t a, uint32_t b, const unsigned char *xattrs,
			size_t xattrs_length)
{
	struct request request = {
		.attributes = { mode, uid, gid, mtime },
		.size = size,
		.data = (const struct host_range *)a,
		.data_count = b,
		.major = a,
		.minor = b,
	};
	struct place place;
	errcode_t error = prepare_place(parent, name_length, &place);

	if (error)
		return error;
	if (LINUX_S_ISDIR(mode))
		error = directory_check_link(place.directory);
	/* The kernel takes a link of a whole block for damage; it ends targets at 4,095 bytes. */
	if (LINUX_S_ISLNK(mode) && (size < 1 || size >= writer_fs->blocksize || size >= TARGET_SPACE))
		error = size < 1 ? EINVAL : ENAMETOOLONG;
	if (!error)
		error = create(&place, &request, xattrs, xattrs_length);
	if (error)
		blocks_give_back(place.set_aside);
	return error;
}

/* Gives an inode that is no directory the name in writer_text as one more. */
EXPORT(writer_link) errcode_t writer_link(ext2_ino_t parent, unsigned name_length, ext2_ino_t ino)
{
	struct ext2_inode_large *inode = inode_buffer();
	struct place place;
	errcode_t error = inode_read(ino, inode);

	if (!error && LINUX_S_ISDIR(inode->i_mode))
		error = EPERM;
	else if (!error && !inode->i_links_count)
		error = ENOENT;
	else if (!error && inode->i_links_count >= EXT2_LINK_MAX)
		error = EMLINK;
	if (!error)
		error = prepare_place(parent, name_length, &place);
	if (error)
		return error;
	error = inode_read(ino, inode);	/* the buffer may have served to read the directory */
	if (!error)
		error = take_place(&place, ino, inode->i_mode);
	if (error) {
		blocks_give_back(place.set_aside);
		return error;
	}
	inode->i_links_count++;
	return inode_write(ino, inode);
}
