/** One kernel to choose from. */
export interface SyslinuxEntry {
  readonly label: string;
  /** As written: relative to the configuration's folder without a slash in front. */
  readonly kernel?: string;
  readonly initrd?: string;
  /** Words for the kernel's command line, as written; empty without any. */
  readonly append: string;
}

/** What a `syslinux.cfg` or `extlinux.conf` says, as far as it names kernels. */
export interface SyslinuxConfig {
  /** Label of the entry that is booted unless the user says otherwise. */
  readonly default?: string;
  readonly entries: readonly SyslinuxEntry[];
}

type Draft = { -readonly [Key in keyof SyslinuxEntry]: SyslinuxEntry[Key] };

/**
 * Reads a configuration of SYSLINUX (doc/syslinux.txt): keywords in any case, `KERNEL` and `LINUX` alike, an `APPEND`
 * before the first label for all that have none of their own, and `APPEND -` for nothing. An `initrd=` among the
 * appended words names the initrd as `INITRD` does. Files that are included are not followed.
 */
export function parseSyslinuxConfig(text: string): SyslinuxConfig {
  let chosen: string | undefined;
  let global = '';
  const drafts: (Omit<Draft, 'append'> & { append?: string })[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, word = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(line.trim()) ?? [];
    const draft = drafts.at(-1);
    switch (word.toUpperCase()) {
      case 'DEFAULT':
        chosen ??= value.split(/\s/)[0];
        break;
      case 'LABEL':
        drafts.push({ label: value });
        break;
      case 'KERNEL':
      case 'LINUX':
        if (draft) draft.kernel = value;
        break;
      case 'INITRD':
        if (draft) draft.initrd = value;
        break;
      case 'APPEND':
        if (draft) draft.append = value === '-' ? '' : value;
        else global = value;
        break;
    }
  }
  const entries = drafts.map(({ append = global, ...draft }): SyslinuxEntry => {
    const initrd = draft.initrd ?? /(?:^|\s)initrd=(\S+)/.exec(append)?.[1];
    return { ...draft, append, ...(initrd !== undefined && { initrd }) };
  });
  return { ...(chosen !== undefined && { default: chosen }), entries };
}
