/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * POSIX calls that wasi-libc does not declare and that mke2fs and e2fsck name without needing:
 * in this sandbox there are no users, processes, signals or terminals.
 */
#ifndef EXT2FS_WASM_POSIX_STUBS_H
#define EXT2FS_WASM_POSIX_STUBS_H

#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

static inline uid_t getuid(void) { return 0; }
static inline uid_t geteuid(void) { return 0; }
static inline gid_t getgid(void) { return 0; }
static inline gid_t getegid(void) { return 0; }
static inline mode_t umask(mode_t mask) { (void)mask; return 022; }
static inline int chmod(const char *path, mode_t mode) { (void)path; (void)mode; return 0; }

static inline FILE *popen(const char *command, const char *mode) { (void)command; (void)mode; return 0; }
static inline int pclose(FILE *stream) { (void)stream; return -1; }
static inline int system(const char *command) { (void)command; return -1; }
static inline int gettid(void) { return 1; }

static inline unsigned alarm(unsigned seconds) { (void)seconds; return 0; }
struct sigaction {
	void (*sa_handler)(int);
	int sa_flags;
};
#define SA_RESTART 0
static inline int sigaction(int number, const struct sigaction *act, struct sigaction *old)
{
	(void)number; (void)act; (void)old;
	return 0;
}

static inline int gethostname(char *name, size_t size) { if (size) name[0] = 0; return 0; }
static inline void tzset(void) {}

/* Defined in platform.c; they fail. */
int dup(int fd);
int pipe(int fds[2]);
int fork(void);
int daemon(int nochdir, int noclose);

#endif
