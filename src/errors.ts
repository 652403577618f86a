/**
 * Every error code, with the exit code of the command line that it leads to. What a code means is told in
 * `error-help/`, which is loaded only when somebody asks, and docs/errors.md is made from.
 *
 * 1 build failed, 2 recipe, usage or missing input, 3 network, 4 integrity (digest, signature, truncated
 * archive), 5 verification, 130 interrupted. Users match `code`; codes are never renamed.
 */
export const ERROR_EXIT_CODES = {
  RB_APK_FAILED: 1,
  RB_APK_UNTRUSTED: 4,
  RB_APT_FAILED: 3,
  RB_APT_MISSING: 2,
  RB_ARCHIVE_DAMAGED: 4,
  RB_ARCHIVE_TOO_LARGE: 2,
  RB_ARCHIVE_UNSUPPORTED: 2,
  RB_ARGUMENT: 2,
  RB_BASE_MISSING: 2,
  RB_BOOTLOADER_FEATURE: 2,
  RB_BOOT_TIMEOUT: 1,
  RB_DEBIAN_UNSATISFIABLE: 1,
  RB_DIGEST_MISMATCH: 4,
  RB_ELF_INVALID: 2,
  RB_ELF_TRUNCATED: 4,
  RB_ELF_UNSUPPORTED: 2,
  RB_EXT4_CHECK_FAILED: 5,
  RB_EXT4_NO_SPACE: 1,
  RB_EXT4_REFUSED: 1,
  RB_EXT4_UNREADABLE: 4,
  RB_GPT_INVALID: 2,
  RB_IMAGE_UNKNOWN: 2,
  RB_INPUT_NOT_FOUND: 2,
  RB_INPUT_UNREADABLE: 2,
  RB_INTERNAL: 1,
  RB_INTERRUPTED: 130,
  RB_KERNEL_INVALID: 2,
  RB_LIMIT_EXCEEDED: 2,
  RB_LOCK_INVALID: 2,
  RB_LOCK_MISSING: 2,
  RB_LOCK_OUTDATED: 2,
  RB_MACHINE_INVALID: 2,
  RB_MBR_INVALID: 2,
  RB_MBR_OVERLAP: 2,
  RB_MODULE_CYCLE: 1,
  RB_MODULE_INVALID: 2,
  RB_MODULE_NOT_FOUND: 1,
  RB_NETWORK: 3,
  RB_NOT_REPRODUCIBLE: 5,
  RB_OCI_INVALID: 4,
  RB_OCI_UNSUPPORTED: 2,
  RB_OFFLINE: 3,
  RB_OUTPUT_EXISTS: 2,
  RB_OUTPUT_UNWRITABLE: 2,
  RB_PACKAGE_MISSING: 2,
  RB_PATH_INVALID: 2,
  RB_PROOT_UNAVAILABLE: 2,
  RB_PUSH_REFUSED: 3,
  RB_QEMU_FAILED: 1,
  RB_QEMU_MISSING: 2,
  RB_RECIPE_INVALID: 2,
  RB_RECIPE_NOT_FOUND: 2,
  RB_RECIPE_SYNTAX: 2,
  RB_RECIPE_UNKNOWN_KEY: 2,
  RB_RELEASE_INVALID: 4,
  RB_SCRIPT_FAILED: 1,
  RB_SIGNATURE_INVALID: 4,
  RB_STORE_UNUSABLE: 2,
  RB_SYSLINUX_CONFIG: 2,
  RB_SYSLINUX_EXTENTS: 1,
  RB_SYSLINUX_NOT_FOUND: 2,
  RB_SYSLINUX_VERSION: 2,
  RB_TREE_CONFLICT: 1,
  RB_UNAUTHORIZED: 3,
} as const;

/** A stable name of what went wrong. */
export type ErrorCode = keyof typeof ERROR_EXIT_CODES;

/** The exit codes of errors. */
export type ExitCode = (typeof ERROR_EXIT_CODES)[ErrorCode];

/** A place in a file that the user has written. */
export interface ErrorPlace {
  /** As the user named it. */
  readonly file: string;
  /** Both from 1; the column in characters. */
  readonly line: number;
  readonly column: number;
}

/** What an error says besides its message. */
export interface ErrorDetails {
  /** One sentence in lower case, without a full stop: what the user can do about it. */
  readonly hint?: string | undefined;
  /** Of what the message is about; the message tells it, too. */
  readonly where?: ErrorPlace | undefined;
  /** The key of the recipe, or of the options, that the message is about, such as `cook.contents[2].file`. */
  readonly key?: string | undefined;
  /** The error underneath, shown with `--debug`. */
  readonly cause?: unknown;
}

/**
 * The one error class of rootless-bake. Match `code`, not the class: two copies of the package may be
 * loaded at once.
 */
export class RootlessBakeError extends Error {
  override readonly name: string = 'RootlessBakeError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: ErrorPlace | undefined;
  readonly key: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.where = details.where;
    this.key = details.key;
  }

  /** The exit code of the command line for this error. */
  get exitCode(): ExitCode {
    return ERROR_EXIT_CODES[this.code];
  }
}

/**
 * Does some work on one input, at once or in a promise, and puts its name in front of what an error of ours says, but
 * for an interruption.
 */
export function named<T>(name: string, work: () => T): T {
  return told(work, (error) => {
    const { code, message, hint, where, key } = error;
    return new RootlessBakeError(code, `${name}: ${message}`, { hint, where, key, cause: error });
  });
}

/**
 * Does some work for one key of a recipe, at once or in a promise, and says so of an error of ours that knows no key of
 * its own, but for an interruption.
 *
 * @param key such as `cook.contents[2].file`, or what tells it from the error
 */
export function forKey<T>(
  key: string | ((error: RootlessBakeError) => string | undefined),
  work: () => T,
): T {
  return told(work, (error) => {
    const own = typeof key === 'string' ? key : key(error);
    if (own !== undefined) (error as { key: string | undefined }).key ??= own;
    return error;
  });
}

/**
 * Does some work for a part of a recipe, at once or in a promise: the keys of errors that begin with a dot or a bracket,
 * such as `.size` and `[2]`, are taken from there.
 */
export function inPart<T>(part: string, work: () => T): T {
  return told(work, (error) => {
    const { key = '' } = error;
    if (/^[.[]/.test(key)) (error as { key: string | undefined }).key = (part + key).replace(/^\./, '');
    return error;
  });
}

/** Does some work, at once or in a promise; what an error of ours becomes is thrown in its place. */
function told<T>(work: () => T, become: (error: RootlessBakeError) => RootlessBakeError): T {
  const failed = (error: unknown): never => {
    if (!(error instanceof RootlessBakeError) || error.code === 'RB_INTERRUPTED') throw error;
    throw become(error);
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(failed) as T) : result;
  } catch (error) {
    return failed(error);
  }
}

/** Narrows any thrown value to an error of Node.js with the given code, such as `ENOENT`; ours are none. */
export function isSystemError(error: unknown, code?: string): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || error instanceof RootlessBakeError || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
