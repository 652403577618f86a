import type { ERROR_EXIT_CODES, ErrorCode, ExitCode } from '../errors.ts';

/** What there is to say about an error code. */
export interface ErrorEntry {
  /** A few words in lower case. */
  readonly title: string;
  /** One or two sentences: what has happened, and why we stop there. */
  readonly means: string;
  /** One or two sentences: how to go on. */
  readonly todo: string;
}

/** The codes that lead to an exit code. */
export type CodesOf<E extends ExitCode> = {
  [C in ErrorCode]: (typeof ERROR_EXIT_CODES)[C] extends E ? C : never;
}[ErrorCode];

/** Words for every code that leads to an exit code: one that is missing does not compile. */
export type EntriesOf<E extends ExitCode> = Readonly<Record<CodesOf<E>, ErrorEntry>>;

type InputKind =
  | ('ARCHIVE' | 'ELF' | 'GPT' | 'IMAGE' | 'INPUT' | 'KERNEL' | 'LIMIT')
  | ('MBR' | 'MODULE' | 'OCI' | 'PATH' | 'SYSLINUX');

/** Those of exit code 2 that are of what was given to be read, told by their names. */
export type InputCode = Extract<CodesOf<2>, `RB_${InputKind}_${string}`>;
