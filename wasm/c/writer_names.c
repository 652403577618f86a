/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of all directories in use: one hash table, the names themselves in slabs that only grow. */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#define SLAB_SIZE (64u * 1024)

static struct name **table;	/* open addressing; NULL: free */
static size_t table_size;	/* a power of two */
static size_t name_count;

static unsigned char *slab;
static size_t slab_left;

/* FNV-1a over the name, begun with the directory's number, its bits spread at the end. */
static uint32_t hash_of(ext2_ino_t ino, const unsigned char *bytes, unsigned length)
{
	uint32_t hash = 0x811c9dc5u ^ ino * 0x9e3779b1u;

	while (length--)
		hash = (hash ^ *bytes++) * 0x01000193u;
	hash ^= hash >> 15;
	hash *= 0x2c1b3c6du;
	return hash ^ hash >> 13;
}

/* A name without a place yet; NULL: no memory. It is never given back. */
struct name *names_allocate(const unsigned char *bytes, unsigned length)
{
	size_t size = (sizeof(struct name) + length + 7) & ~(size_t)7;
	struct name *name;

	if (size > slab_left) {
		unsigned char *fresh = malloc(SLAB_SIZE);

		if (!fresh)
			return NULL;
		slab = fresh;
		slab_left = SLAB_SIZE;
	}
	name = (struct name *)slab;
	slab += size;
	slab_left -= size;
	memset(name, 0, sizeof(*name));
	name->length = length;
	memcpy(name->bytes, bytes, length);
	return name;
}

static void insert(struct name *name)
{
	size_t at = name->hash & (table_size - 1);

	while (table[at])
		at = (at + 1) & (table_size - 1);
	table[at] = name;
}

static errcode_t grow(void)
{
	size_t old_size = table_size;
	struct name **old = table;
	struct name **fresh = calloc(old_size ? old_size * 2 : 4096, sizeof(*fresh));

	if (!fresh)
		return EXT2_ET_NO_MEMORY;
	table = fresh;
	table_size = old_size ? old_size * 2 : 4096;
	for (size_t i = 0; i < old_size; i++)
		if (old[i])
			insert(old[i]);
	free(old);
	return 0;
}

/* Appends a name to its directory. It must not be there yet. */
errcode_t names_add(struct directory *directory, struct name *name)
{
	if (name_count >= table_size / 4 * 3) {
		errcode_t error = grow();

		if (error)
			return error;
	}
	name->directory = directory;
	name->hash = hash_of(directory->ino, name->bytes, name->length);
	insert(name);
	name_count++;
	if (directory->last)
		directory->last->next = name;
	else
		directory->first = name;
	directory->last = name;
	directory->count++;
	return 0;
}

struct name *names_find(const struct directory *directory, const unsigned char *bytes, unsigned length)
{
	uint32_t hash = hash_of(directory->ino, bytes, length);

	if (!table_size)
		return NULL;
	for (size_t at = hash & (table_size - 1); table[at]; at = (at + 1) & (table_size - 1)) {
		struct name *name = table[at];

		if (name->hash == hash && name->directory == directory && name->length == length &&
		    !memcmp(name->bytes, bytes, length))
			return name;
	}
	return NULL;
}
