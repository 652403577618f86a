/** A file of `/loader/entries`: a type 1 entry of the Boot Loader Specification (UAPI.1). */
export interface BlsEntry {
  /** The file's name without `.conf` and without the counters of boot attempts. */
  readonly id: string;
  readonly title?: string;
  readonly version?: string;
  readonly machineId?: string;
  readonly sortKey?: string;
  /** Path on the file system that has the entries. */
  readonly linux?: string;
  /** Values of the lines, in order; GRUB takes several paths, and variables, in one. */
  readonly initrds: readonly string[];
  /** Those of all lines, with blanks between. */
  readonly options: string;
  /** An EFI program instead of a kernel. */
  readonly efi?: string;
  /** How often it may still be tried, as its name tells: 0 for one that has failed. */
  readonly triesLeft?: number;
}

/** Lines beyond this are none that an entry has, and names and versions are cut. */
const MAXIMUM_LINES = 1024;
const MAXIMUM_NAME = 256;

/** Reads an entry, whatever is in it: a key and its value on each line, `#` before comments; other keys are left alone. */
export function parseBlsEntry(text: string, fileName: string): BlsEntry {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/, MAXIMUM_LINES)) {
    const [, key, value = ''] = /^(\S+)\s+(.*)$/s.exec(line.trim()) ?? [];
    if (key === undefined || key.startsWith('#')) continue;
    const list = values.get(key) ?? [];
    list.push(value);
    values.set(key, list);
  }
  const last = (key: string): string | undefined => values.get(key)?.at(-1);
  const stem = fileName.replace(/\.conf$/, '');
  const [, id = stem, left] = /^(.+)\+(\d+)(?:-\d+)?$/.exec(stem) ?? [];
  const [title, version, machineId, sortKey] = ['title', 'version', 'machine-id', 'sort-key'].map((key) =>
    last(key)?.slice(0, MAXIMUM_NAME),
  );
  const [linux, efi] = [last('linux'), last('efi')];
  return {
    id,
    ...(title !== undefined && { title }),
    ...(version !== undefined && { version }),
    ...(machineId !== undefined && { machineId }),
    ...(sortKey !== undefined && { sortKey }),
    ...(linux !== undefined && { linux }),
    initrds: values.get('initrd') ?? [],
    options: (values.get('options') ?? []).join(' '),
    ...(efi !== undefined && { efi }),
    ...(left !== undefined && { triesLeft: Number(left) }),
  };
}

/** What `blscfg` of GRUB runs for an entry: a script, so that variables in the values get theirs. */
export function bootEntryText({ linux, initrds, options }: BlsEntry, fallback: string): string {
  if (linux === undefined) return '';
  const initrd = initrds.length === 0 ? '' : `initrd ${initrds.join(' ')}\n`;
  return `linux ${linux} ${options === '' ? fallback : options}\n${initrd}`;
}
