import { checkFileOutput } from '../disk/image-file.ts';
import { writeOutput } from '../disk/write-output.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { makeSbom, type SbomFormat, type SbomRoot } from './sbom.ts';

/** A bill of materials to be written. */
export interface SbomFile {
  readonly path: string;
  /** By the path's suffix unless told: `.spdx.json`, `.cdx.json`. */
  readonly format?: SbomFormat;
  /** Lists every regular file with its digests. */
  readonly files?: boolean;
  /** Overwrites what has that name. */
  readonly force?: boolean;
}

const SUFFIXES: readonly (readonly [suffix: string, format: SbomFormat])[] = [
  ['.spdx.json', 'spdx'],
  ['.cdx.json', 'cyclonedx'],
];

/**
 * Tells before any work is done that a bill cannot be written.
 *
 * @throws RB_ARGUMENT when neither it nor its path tells a format; RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
 */
export function checkSbom(file: SbomFile): void {
  formatOf(file);
  checkFileOutput(file.path, { force: file.force });
}

/**
 * Writes a bill under a temporary name first.
 *
 * @param name of the root
 * @throws RB_OUTPUT_UNWRITABLE, and what {@link makeSbom} throws
 */
export async function writeSbom(file: SbomFile, root: SbomRoot, name: string, host: Host): Promise<void> {
  const { files = false } = file;
  const text = await makeSbom(root, { format: formatOf(file), name, files }, host);
  writeOutput(file.path, text);
}

function formatOf({ path, format }: SbomFile): SbomFormat {
  const found = format ?? SUFFIXES.find(([suffix]) => path.endsWith(suffix))?.[1];
  if (found) return found;
  throw new RootlessBakeError('RB_ARGUMENT', `${path} does not say what a bill of materials it is to be`, {
    hint: 'end its name in .spdx.json for SPDX 2.3, or in .cdx.json for CycloneDX 1.6',
  });
}
