import * as nodeFs from 'node:fs';
import { type ControlFields, readDeb } from '../formats/deb/index.ts';
import type { Host } from '../host.ts';
import type { ContentSink } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { fetchDebianPackage } from './apt/index.ts';
import { readHostFile } from './file.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly control: ControlFields;
  /** What the package installs. Its entries' origin is `package NAME-VERSION`. */
  readonly tree: Tree;
  /** Of the `.deb`. */
  readonly path: string;
}

/**
 * Reads a Debian package: a `.deb` file when the argument ends in `.deb`, else a package of that name, by
 * the machine's apt.
 *
 * @throws what {@link fetchDebianPackage} and {@link readDeb} throw
 * @throws RB_INPUT_NOT_FOUND when there is no such file
 */
export async function readDebianPackage(
  nameOrPath: string,
  sink: ContentSink,
  host: Pick<Host, 'env' | 'signal' | 'cacheDirectory' | 'emit'>,
): Promise<DebianPackage> {
  const path = nameOrPath.endsWith('.deb') ? nameOrPath : (await fetchDebianPackage(nameOrPath, host)).path;
  const { control, tree } = await readDeb(readHostFile(nodeFs, path), sink, {
    origin: 'package',
    what: path,
  });
  const [name, version] = [control.get('Package')!, control.get('Version')!];
  const origin = `package ${name}-${version}`;
  for (const { entry } of tree.walk()) entry.origin = origin;
  return { name, version, control, tree, path };
}
