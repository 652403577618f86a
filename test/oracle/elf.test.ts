/** Our reading of ELF files against readelf's and ldconfig's, over everything that this machine has. */
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ElfDynamic, readElfDynamic, readLoaderCache } from '../../src/formats/elf/index.ts';
import { readHostFile } from '../../src/sources/file.ts';
import { judge, oracle } from '../support/oracle.ts';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/lib/x86_64-linux-gnu'];

/** What readelf says of each file that is ELF, in the words of {@link ElfDynamic}. */
function byReadelf(files: readonly string[]): Map<string, Partial<ElfDynamic>> {
  const said = new Map<string, Partial<ElfDynamic>>();
  for (let at = 0; at < files.length; at += 500) {
    const output = judge('readelf', ['-lWd', ...files.slice(at, at + 500)], [0, 1]);
    for (const [, file, text] of output.matchAll(/^File: (.*)\n((?:(?!File: ).*\n?)*)/gm)) {
      if (!/Elf file type is|There are no program headers/.test(text!)) continue;
      const one = (pattern: RegExp): string | undefined => pattern.exec(text!)?.[1];
      const [interpreter, soname] = [
        one(/interpreter: (.*)\]/),
        one(/\(SONAME\)\s+Library soname: \[(.*)\]/),
      ];
      const [rpath, runpath] = [
        one(/\(RPATH\)\s+Library rpath: \[(.*)\]/),
        one(/\(RUNPATH\)\s+Library runpath: \[(.*)\]/),
      ];
      said.set(file!, {
        ...(interpreter !== undefined && { interpreter }),
        ...(soname !== undefined && { soname }),
        needed: [...text!.matchAll(/\(NEEDED\)\s+Shared library: \[(.*)\]/g)].map(([, name]) => name!),
        ...(rpath !== undefined && { rpath }),
        ...(runpath !== undefined && { runpath }),
        noDefaultFolders: /\(FLAGS_1\).*\bNODEFLIB\b/.test(text!),
      });
    }
  }
  return said;
}

oracle({ tools: ['readelf'] })('readelf', () => {
  it('reads the same in all programs and libraries of this machine', () => {
    const files = FOLDERS.flatMap((folder) =>
      nodeFs.readdirSync(folder).map((name) => join(folder, name)),
    ).filter((file) => nodeFs.lstatSync(file).isFile());
    const expected = byReadelf(files);
    expect(expected.size).toBeGreaterThan(500);
    for (const file of files) {
      const dynamic = readElfDynamic(readHostFile(nodeFs, file));
      const { class: _bits, machine: _machine, ...rest } = dynamic ?? { class: 64, machine: 0 };
      if (expected.has(file) || dynamic) expect(rest, file).toEqual(expected.get(file));
    }
  });
});

oracle({ tools: ['ldconfig'], files: ['/etc/ld.so.cache'] })('ldconfig', () => {
  it('has the same libraries in its cache', () => {
    const expected = new Map<string, string[]>();
    for (const [, name, kind, path] of judge('ldconfig', ['-p']).matchAll(/^\t(\S+) \((.*)\) => (.*)$/gm)) {
      if (!kind!.includes('hwcap')) expected.set(name!, [...(expected.get(name!) ?? []), path!]);
    }
    expect(expected.size).toBeGreaterThan(100);
    expect(readLoaderCache(nodeFs.readFileSync('/etc/ld.so.cache'))).toEqual(expected);
  });
});
