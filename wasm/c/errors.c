/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and messages of error codes, for the host. The table of ext2 names is made by the build. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "et/com_err.h"
#include "ext2fs/ext2fs.h"

extern const char *const ext2_error_names[];
extern const int ext2_error_name_count;

#define NAMED(code) { code, #code }

static const struct {
	int code;
	const char *name;
} errno_names[] = {
	NAMED(EPERM), NAMED(ENOENT), NAMED(EIO), NAMED(ENOMEM), NAMED(EEXIST), NAMED(ENOTDIR), NAMED(EINVAL),
	NAMED(EFBIG), NAMED(ENOSPC), NAMED(EMLINK), NAMED(ENAMETOOLONG), NAMED(EOVERFLOW),
};

/* "EXT2_ET_…", "E…", or "EXT2FS_UNKNOWN". */
__attribute__((export_name("error_name"))) const char *error_name(errcode_t code)
{
	if (code >= EXT2_ET_BASE && code - EXT2_ET_BASE < ext2_error_name_count)
		return ext2_error_names[code - EXT2_ET_BASE];
	for (size_t i = 0; i < sizeof(errno_names) / sizeof(*errno_names); i++)
		if (errno_names[i].code == code)
			return errno_names[i].name;
	return "EXT2FS_UNKNOWN";
}

__attribute__((export_name("error_text"))) const char *error_text(errcode_t code)
{
	return error_message(code);
}
