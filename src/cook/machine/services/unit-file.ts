/** What the section [Install] of a unit says: systemd.unit(5). */
export interface InstallSection {
  readonly wantedBy: readonly string[];
  readonly requiredBy: readonly string[];
  readonly upheldBy: readonly string[];
  readonly alias: readonly string[];
  readonly also: readonly string[];
  readonly defaultInstance?: string;
}

/** Reads [Install] of a unit's text, and of its drop-ins behind it; an empty value forgets those before. */
export function parseInstall(texts: readonly string[]): InstallSection {
  const values = new Map<string, string[]>();
  for (const text of texts) {
    let section = '';
    for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
      const header = /^\s*\[(.*)\]\s*$/.exec(line);
      if (header) section = header[1]!;
      const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (section !== 'Install' || key === undefined) continue;
      const words = value!.split(/\s+/).filter((word) => word !== '');
      values.set(key, words.length === 0 ? [] : [...(values.get(key) ?? []), ...words]);
    }
  }
  const list = (key: string): readonly string[] => values.get(key) ?? [];
  const defaultInstance = list('DefaultInstance').at(-1);
  return {
    wantedBy: list('WantedBy'),
    requiredBy: list('RequiredBy'),
    upheldBy: list('UpheldBy'),
    alias: list('Alias'),
    also: list('Also'),
    ...(defaultInstance !== undefined && { defaultInstance }),
  };
}

/** The parts of a unit's name: `serial-getty@ttyS0.service` has a prefix, an instance and a type. */
export interface UnitName {
  readonly prefix: string;
  /** Undefined for a unit that is no template; empty for the template itself. */
  readonly instance: string | undefined;
  readonly type: string;
}

export function parseUnitName(name: string): UnitName {
  const [, prefix = '', , instance, type = ''] = /^([^@]*)(@(.*))?(\.[a-z]+)$/.exec(name) ?? [];
  return { prefix, instance, type };
}

/** The specifiers that make sense in [Install], and need no machine to run. */
export function expandSpecifiers(text: string, { prefix, instance = '', type }: UnitName): string {
  const whole = prefix + (instance === '' ? '' : `@${instance}`);
  const values: Record<string, string> = {
    n: whole + type,
    N: whole,
    p: prefix,
    i: instance,
    j: prefix.split('-').at(-1)!,
    '%': '%',
  };
  return text.replaceAll(/%(.)/g, (specifier, letter: string) => values[letter] ?? specifier);
}
