/** One kernel to choose from. */
export interface SyslinuxEntry {
  readonly label: string;
  /** As written: relative to the configuration's folder without a slash in front. */
  readonly kernel?: string;
  readonly initrd?: string;
  /** What boots another thing than Linux: a module of SYSLINUX, a boot sector, the next disk. */
  readonly other?: string;
  /** Words for the kernel's command line, as written; empty without any. */
  readonly append: string;
}

/** What a `syslinux.cfg` or `extlinux.conf` says, as far as it names kernels. */
export interface SyslinuxConfig {
  /** Index of the entry that is booted unless the user says otherwise; absent when that is not known. */
  readonly default?: number;
  /** Why there is no default. */
  readonly problem?: string;
  readonly entries: readonly SyslinuxEntry[];
}

type Draft = { -readonly [Key in keyof Omit<SyslinuxEntry, 'append'>]: SyslinuxEntry[Key] } & {
  append?: string;
};

/**
 * Reads a configuration of SYSLINUX (doc/syslinux.txt): keywords in any case, `KERNEL` and `LINUX` alike, an `APPEND`
 * before the first label for all that have none of their own, and `APPEND -` for nothing. An `initrd=` among the
 * appended words names the initrd as `INITRD` does. Files that are included are not followed.
 *
 * Without a menu `DEFAULT` decides. One that `UI` names begins at the label of `DEFAULT`, else at that with `MENU DEFAULT`,
 * else at the first; one that `DEFAULT` names, at the one of the latter two (txt/syslinux.cfg.txt, doc/menu.txt).
 */
export function parseSyslinuxConfig(text: string): SyslinuxConfig {
  const globals: Globals = {};
  const drafts: Draft[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, word = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(line.trim()) ?? [];
    const keyword = word.toUpperCase();
    const draft = drafts.at(-1);
    if (keyword === 'LABEL') drafts.push({ label: firstWord(value) });
    else if (draft && readInLabel(draft, keyword, value)) continue;
    else if (keyword === 'DEFAULT') globals.default = firstWord(value);
    else if (keyword === 'UI') globals.ui = value;
    else if (keyword === 'APPEND') globals.append = value;
    else if (keyword === 'MENU' && /^default\b/i.test(value)) globals.marked ??= draft;
  }
  const entries = drafts.map(({ append = globals.append ?? '', ...draft }): SyslinuxEntry => {
    const initrd = draft.initrd ?? /(?:^|\s)initrd=(\S+)/.exec(append)?.[1];
    return { ...draft, append, ...(initrd !== undefined && { initrd }) };
  });
  return { ...chosenOf(drafts, globals), entries };
}

/** What stands outside of labels. */
interface Globals {
  default?: string;
  ui?: string;
  append?: string;
  /** The first with `MENU DEFAULT`. */
  marked?: Draft | undefined;
}

/** Names by which `KERNEL` tells what is no kernel: modules of SYSLINUX, and boot sectors. */
const NO_KERNEL = /\.(?:c32|cbt|com|bss?)$/i;
const OTHERS = new Set(['COM32', 'COMBOOT', 'BOOT', 'BSS', 'CONFIG', 'LOCALBOOT']);

/** False for a keyword that means nothing for its label alone. */
function readInLabel(draft: Draft, keyword: string, value: string): boolean {
  if (OTHERS.has(keyword) || (keyword === 'KERNEL' && NO_KERNEL.test(value))) {
    draft.other = `${keyword} ${value}`;
    delete draft.kernel;
  } else if (keyword === 'KERNEL' || keyword === 'LINUX') {
    draft.kernel = value;
    delete draft.other;
  } else if (keyword === 'INITRD') draft.initrd = value;
  else if (keyword === 'APPEND') draft.append = value === '-' ? '' : value;
  else return false;
  return true;
}

function chosenOf(drafts: readonly Draft[], globals: Globals): Pick<SyslinuxConfig, 'default' | 'problem'> {
  if (drafts.length === 0) return {};
  const named = drafts.findIndex(({ label }) => label === globals.default);
  if (named >= 0) return { default: named };
  const isMenu = globals.ui !== undefined || NO_KERNEL.test(globals.default ?? '');
  if (isMenu) return { default: globals.marked ? drafts.indexOf(globals.marked) : 0 };
  const why =
    globals.default === undefined
      ? 'there is neither DEFAULT nor UI'
      : `DEFAULT ${globals.default} is no label`;
  return { problem: `no entry is the default: ${why}` };
}

function firstWord(value: string): string {
  return value.split(/\s/, 1)[0]!;
}
