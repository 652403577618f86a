export type ArMember = readonly [name: string, body: string | Uint8Array];

/** Lays out an ar archive as in ar(5). */
export function arArchive(members: readonly ArMember[]): Buffer {
  const parts = members.flatMap(([name, body]) => {
    const bytes = Buffer.from(body);
    const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    const header = `${fields.join('')}${String(bytes.length).padEnd(10)}\`\n`;
    return [Buffer.from(header, 'latin1'), bytes, Buffer.from(bytes.length % 2 === 1 ? '\n' : '')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

/** An ar archive that begins as a Debian package does. */
export function debianPackage(members: readonly ArMember[]): Buffer {
  return arArchive([['debian-binary', '2.0\n'], ...members]);
}
