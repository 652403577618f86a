/** What a NAR is made of, in the words of the format. */
export type NarNode =
  | { readonly file: string | Uint8Array; readonly executable?: boolean }
  | { readonly link: string }
  | { readonly folder: readonly (readonly [name: string, node: NarNode])[] };

/** A string of the format: a length of 64 bits, the bytes (a character for each), zeros to a multiple of 8. */
export function narString(text: string | Uint8Array): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}

/** Writes a NAR as told, whether it is one or not: names in the given order. */
export function nar(node: NarNode): Buffer {
  return Buffer.concat([narString('nix-archive-1'), ...narNode(node)]);
}

function narNode(node: NarNode): Buffer[] {
  const words = (...texts: string[]) => texts.map(narString);
  if ('link' in node) return words('(', 'type', 'symlink', 'target', node.link, ')');
  if ('file' in node) {
    const executable = node.executable ? words('executable', '') : [];
    return [
      ...words('(', 'type', 'regular'),
      ...executable,
      narString('contents'),
      narString(node.file),
      narString(')'),
    ];
  }
  const entries = node.folder.flatMap(([name, child]) => [
    ...words('entry', '(', 'name', name, 'node'),
    ...narNode(child),
    narString(')'),
  ]);
  return [...words('(', 'type', 'directory'), ...entries, narString(')')];
}
