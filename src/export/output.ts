import { RootlessBakeError } from '../errors.ts';
import type { OutputCompression } from '../formats/compression/index.ts';
import { ROOT_FORMATS, type RootFormat } from './root-formats.ts';

/** Where a root goes, and as what. */
export interface RootOutput {
  readonly path: string;
  readonly format: RootFormat;
  /** Of the image, in a layout that was named so: `oci:DIR:NAME`. */
  readonly name?: string;
}

/** Names of files by which a format is known; the first that fits. */
const SUFFIXES: readonly (readonly [RegExp, RootFormat])[] = [
  [/\.oci\.tar$/, 'oci.tar'],
  [/\.oci$/, 'oci'],
  [/\.tar$/, 'tar'],
  [/(?<!\.oci)\.(?:tar\.gz|tgz)$/, 'tar.gz'],
  [/(?<!\.oci)\.(?:tar\.zst|tzst)$/, 'tar.zst'],
  [/\.cpio$/, 'cpio'],
  [/\.cpio\.gz$/, 'cpio.gz'],
  [/\.cpio\.zst$/, 'cpio.zst'],
];

/** Names that people give to archives which are not written here; nobody means a folder by them. */
const OTHER_ARCHIVES = /\.(?:(?:tar|cpio|oci)\.\w+|t[bx]z2?|zip|7z|squashfs|erofs)$/;

/**
 * Tells a format by the name of the output: its suffix, or `oci:DIR` and `oci:DIR:NAME` for a layout; a name
 * without a suffix that is known is a folder.
 *
 * @param format wins over the name
 * @throws RB_ARGUMENT for formats that are not written, by name or by suffix
 */
export function rootOutput(text: string, format?: string): RootOutput {
  const told = format === undefined ? undefined : parseFormat(format);
  const layout = /^oci:(.+?)(?::([^/:]+))?$/s.exec(text);
  if (layout && (told === undefined || told === 'oci')) {
    const [, path, name] = layout;
    return { path: path!, format: 'oci', ...(name !== undefined && { name }) };
  }
  if (told !== undefined) return { path: text, format: told };
  const known = SUFFIXES.find(([suffix]) => suffix.test(text))?.[1];
  if (known === undefined && OTHER_ARCHIVES.test(text)) {
    throw new RootlessBakeError('RB_ARGUMENT', `${text}: no such archive is written`, { hint: FORMATS_HINT });
  }
  return { path: text, format: known ?? 'dir' };
}

const FORMATS_HINT = `formats: ${ROOT_FORMATS.join(', ')}`;

/** True for what is one file. */
export function isFile(format: RootFormat): boolean {
  return format !== 'oci' && format !== 'dir';
}

/** How a file of the format is compressed as a whole. */
export function compressionOf(format: RootFormat): OutputCompression {
  return format.endsWith('.gz') ? 'gzip' : format.endsWith('.zst') ? 'zstd' : 'none';
}

function parseFormat(text: string): RootFormat {
  const format = ROOT_FORMATS.find((name) => name === text);
  if (format) return format;
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no format of a root`, {
    hint: FORMATS_HINT,
  });
}
