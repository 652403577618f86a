/* SPDX-License-Identifier: GPL-2.0-only */
/* e2fsck jumps only to abandon a run: here that ends the instance. */
#ifndef EXT2FS_WASM_SETJMP_H
#define EXT2FS_WASM_SETJMP_H
#include <stdlib.h>
typedef int jmp_buf[1];
typedef int sigjmp_buf[1];
#define setjmp(env) ((void)(env), 0)
#define sigsetjmp(env, save) ((void)(env), 0)
#define longjmp(env, value) abort()
#define siglongjmp(env, value) abort()
#endif
