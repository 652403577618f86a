/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hash indexes of directories (ext4's on-disk format, "Hash Tree Directories"; ext2_fs.h, struct ext2_dx_*).
 * Block 0 is the root, then come the leaves in the order of their hashes, then the nodes between root and
 * leaves. As e2fsck does, a fifth of each leaf stays free: names added later need not split it.
 *
 * A leaf that begins with the hash that the one before it ends with is marked by the lowest bit of its hash:
 * a search that has found nothing goes on there.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LEVELS 3u		/* of nodes, the root included; above 2 only with large_dir */
#define RADIX_BITS 11u
#define FREE_PERCENT 20u

struct hashed {
	uint32_t hash;
	uint32_t minor;
	const struct name *name;
};

struct dirindex {
	const struct directory *directory;
	struct hashed *names;		/* in the order of their hashes */
	uint32_t leaves;
	uint32_t *hashes;		/* of the leaves */
	unsigned levels;		/* below the root: 0 if it points to the leaves */
	uint32_t nodes;
};

static unsigned tail_size(void)
{
	return ext2fs_has_feature_metadata_csum(writer_fs->super) ? sizeof(struct ext2_dx_tail) : 0;
}

/* Where the entries of a node start: behind an empty directory entry over the whole block. */
static const unsigned node_offset = 8;
/* … and those of the root: behind "." and ".." and the index's header. */
static const unsigned root_offset = 2 * 12 + sizeof(struct ext2_dx_root_info);

static unsigned limit_at(unsigned offset)
{
	return (writer_fs->blocksize - offset - tail_size()) / sizeof(struct ext2_dx_entry);
}

static int hash_version(void)
{
	int version = writer_fs->super->s_def_hash_version;

	return version <= EXT2_HASH_TEA && writer_fs->super->s_flags & EXT2_FLAGS_UNSIGNED_HASH ? version + 3 : version;
}

static errcode_t hash_names(struct dirindex *index)
{
	struct hashed *out = index->names;
	int version = hash_version();

	for (const struct name *name = index->directory->first; name; name = name->next, out++) {
		errcode_t error = ext2fs_dirhash2(version, (const char *)name->bytes, name->length, NULL, 0,
						  writer_fs->super->s_hash_seed, &out->hash, &out->minor);

		if (error)
			return error;
		out->name = name;
	}
	return 0;
}

/* Sorts by `hash`, `minor` and the bytes of the names: by radix, then equal hashes by insertion. */
static errcode_t sort_names(struct dirindex *index)
{
	size_t count = index->directory->count;
	struct hashed *from = index->names;
	struct hashed *to = malloc(count * sizeof(*to));

	if (!to)
		return EXT2_ET_NO_MEMORY;
	for (unsigned shift = 0; shift < 32; shift += RADIX_BITS) {
		uint32_t starts[1u << RADIX_BITS] = { 0 };
		uint32_t sum = 0;
		struct hashed *other = from;

		for (size_t i = 0; i < count; i++)
			starts[from[i].hash >> shift & ((1u << RADIX_BITS) - 1)]++;
		for (size_t i = 0; i < 1u << RADIX_BITS; i++) {
			uint32_t here = starts[i];

			starts[i] = sum;
			sum += here;
		}
		for (size_t i = 0; i < count; i++)
			to[starts[from[i].hash >> shift & ((1u << RADIX_BITS) - 1)]++] = from[i];
		from = to;
		to = other;
	}
	index->names = from;
	free(to);
	return 0;
}

static int precedes(const struct hashed *a, const struct hashed *b)
{
	unsigned shorter = a->name->length < b->name->length ? a->name->length : b->name->length;
	int order;

	if (a->hash != b->hash)
		return a->hash < b->hash;
	if (a->minor != b->minor)
		return a->minor < b->minor;
	order = memcmp(a->name->bytes, b->name->bytes, shorter);
	return order ? order < 0 : a->name->length < b->name->length;
}

static void sort_equal_hashes(struct dirindex *index)
{
	for (size_t i = 1; i < index->directory->count; i++) {
		struct hashed moved = index->names[i];
		size_t at = i;

		for (; at && precedes(&moved, &index->names[at - 1]); at--)
			index->names[at] = index->names[at - 1];
		index->names[at] = moved;
	}
}

/* How many names from the i-th on go into one leaf. */
static size_t names_in_leaf(const struct dirindex *index, size_t i)
{
	unsigned space = directory_block_space();
	unsigned slack = space * FREE_PERCENT / 100;
	unsigned used = 0;
	size_t first = i;

	for (; i < index->directory->count && space - used >= slack; i++) {
		unsigned length = EXT2_DIR_REC_LEN(index->names[i].name->length);

		if (used + length > space)
			break;
		used += length;
	}
	return i - first;
}

static errcode_t plan_leaves(struct dirindex *index)
{
	size_t count = index->directory->count;
	size_t capacity = index->directory->blocks * 2 + 2;

	index->hashes = malloc(capacity * sizeof(*index->hashes));
	if (!index->hashes)
		return EXT2_ET_NO_MEMORY;
	for (size_t i = 0; i < count; i += names_in_leaf(index, i)) {
		uint32_t hash = index->names[i].hash;

		if (index->leaves == capacity) {
			uint32_t *grown = realloc(index->hashes, (capacity *= 2) * sizeof(*grown));

			if (!grown)
				return EXT2_ET_NO_MEMORY;
			index->hashes = grown;
		}
		index->hashes[index->leaves++] = i && index->names[i - 1].hash == hash ? hash | 1 : hash;
	}
	return 0;
}

/* The nodes over the leaves. */
static int plan_nodes(struct dirindex *index)
{
	unsigned max = ext2fs_has_feature_largedir(writer_fs->super) ? MAX_LEVELS : MAX_LEVELS - 1;
	unsigned per_node = limit_at(node_offset);
	uint32_t children = index->leaves;

	while (children > limit_at(root_offset)) {
		if (++index->levels == max)
			return 0;
		children = (children + per_node - 1) / per_node;
		index->nodes += children;
	}
	return 1;
}

/*
 * Sorts a directory's names into an index. *result stays NULL if they are too many for one, or if the hash is
 * not known here.
 */
errcode_t dirindex_plan(const struct directory *directory, struct dirindex **result)
{
	struct dirindex *index = calloc(1, sizeof(*index));
	errcode_t error;

	if (!index)
		return EXT2_ET_NO_MEMORY;
	index->directory = directory;
	index->names = malloc(directory->count * sizeof(*index->names));
	error = index->names ? hash_names(index) : EXT2_ET_NO_MEMORY;
	if (!error)
		error = sort_names(index);
	if (!error) {
		sort_equal_hashes(index);
		error = plan_leaves(index);
	}
	if (!error && plan_nodes(index)) {
		*result = index;
		return 0;
	}
	dirindex_free(index);
	return error == EXT2_ET_DIRHASH_UNSUPP ? 0 : error;
}

blk64_t dirindex_blocks(const struct dirindex *index)
{
	return 1 + (blk64_t)index->leaves + index->nodes;
}

void dirindex_free(struct dirindex *index)
{
	if (!index)
		return;
	free(index->names);
	free(index->hashes);
	free(index);
}

/* The children of one node: `count` blocks from `block` on. */
static void put_entries(char *buffer, unsigned offset, const uint32_t *hashes, uint32_t stride, uint32_t block,
			unsigned count)
{
	struct ext2_dx_entry *entries = (struct ext2_dx_entry *)(buffer + offset);
	struct ext2_dx_countlimit *counts = (struct ext2_dx_countlimit *)entries;

	for (unsigned i = 0; i < count; i++) {
		entries[i].hash = hashes[(size_t)i * stride];
		entries[i].block = block + i;
	}
	/* In place of the first hash: everything below the second one goes there. */
	counts->limit = limit_at(offset);
	counts->count = count;
}

static errcode_t write_root(const struct dirindex *index, struct dirblock_writer *writer, uint32_t stride,
			    uint32_t first_child, unsigned count)
{
	struct ext2_dx_root_info *info;
	struct ext2_dir_entry *dot_dot;

	dirblock_start(writer);
	dirblock_put_dots(writer);
	dot_dot = (struct ext2_dir_entry *)(writer->buffer + writer->last);
	dot_dot->rec_len = writer_fs->blocksize - writer->last;
	info = (struct ext2_dx_root_info *)(writer->buffer + writer->offset);
	info->hash_version = writer_fs->super->s_def_hash_version;
	info->info_length = sizeof(*info);
	info->indirect_levels = index->levels;
	put_entries(writer->buffer, root_offset, index->hashes, stride, first_child, count);
	return dirblock_finish_index(writer, root_offset);
}

static errcode_t write_leaves(const struct dirindex *index, struct dirblock_writer *writer)
{
	for (size_t i = 0; i < index->directory->count;) {
		size_t end = i + names_in_leaf(index, i);
		errcode_t error;

		dirblock_start(writer);
		for (; i < end; i++)
			dirblock_put(writer, index->names[i].name);
		error = dirblock_finish(writer);
		if (error)
			return error;
	}
	return 0;
}

/* The nodes of one level over `children` blocks from `first` on, each over `stride` leaves. */
static errcode_t write_nodes(const struct dirindex *index, struct dirblock_writer *writer, uint32_t first,
			     uint32_t children, uint32_t stride)
{
	unsigned per_node = limit_at(node_offset);

	for (uint32_t done = 0; done < children; done += per_node) {
		unsigned count = children - done < per_node ? children - done : per_node;
		struct ext2_dir_entry *whole = (struct ext2_dir_entry *)writer->buffer;
		errcode_t error;

		dirblock_start(writer);
		error = ext2fs_set_rec_len(writer_fs, writer_fs->blocksize, whole);
		put_entries(writer->buffer, node_offset, index->hashes + (size_t)done * stride, stride, first + done,
			    count);
		if (!error)
			error = dirblock_finish_index(writer, node_offset);
		if (error)
			return error;
	}
	return 0;
}

/* Writes all blocks of the indexed directory; `writer` has dirindex_blocks() blocks. */
errcode_t dirindex_write(struct dirindex *index, struct dirblock_writer *writer)
{
	unsigned per_node = limit_at(node_offset);
	uint32_t first = 1;		/* of the children of the level at hand */
	uint32_t children = index->leaves;
	uint32_t stride = 1;		/* leaves under each of them */
	struct level {
		uint32_t first, children, stride;
	} levels[MAX_LEVELS];
	errcode_t error;

	for (unsigned level = 0; level < index->levels; level++) {
		levels[level] = (struct level){ first, children, stride };
		first += children;
		children = (children + per_node - 1) / per_node;
		stride *= per_node;
	}
	error = write_root(index, writer, stride, first, children);
	if (!error)
		error = write_leaves(index, writer);
	for (unsigned level = 0; level < index->levels && !error; level++)
		error = write_nodes(index, writer, levels[level].first, levels[level].children, levels[level].stride);
	return error;
}
