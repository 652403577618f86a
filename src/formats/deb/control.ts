/**
 * Debian's control data (deb822(5)): stanzas of `Field: value`, with continuation lines that begin with a
 * space, separated by empty lines. Field names keep their spelling.
 */
export type ControlFields = ReadonlyMap<string, string>;

/** Reads all stanzas. Lines that fit nowhere are ignored, as dpkg's own tools print none. */
export function parseControl(text: string): ControlFields[] {
  return text
    .split(/\n[ \t\r]*\n/)
    .map(parseStanza)
    .filter((fields) => fields.size > 0);
}

/** Reads one stanza. The lines of a value that has several are trimmed, and joined by line feeds. */
export function parseStanza(text: string): ControlFields {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const field = /^([^\s:#][^\s:]*):[ \t]*(.*?)[ \t\r]*$/.exec(line);
    if (field) {
      last = field[1]!;
      fields.set(last, field[2]!);
    } else if (last !== undefined && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last)}\n${line.trim()}`);
    }
  }
  return fields;
}
