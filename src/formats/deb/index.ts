/** Debian binary packages, format 2: deb(5). */
import { RootlessBakeError } from '../../errors.ts';
import {
  type Content,
  type ContentSink,
  contentChunks,
  memorySink,
  readContent,
} from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import { type ArEntry, arEntries } from '../ar/index.ts';
import { decompressStream } from '../compression/index.ts';
import { readTar } from '../tar/index.ts';
import { type ControlFields, parseControl } from './control.ts';

export { type ControlFields, parseControl } from './control.ts';

export interface DebPackage {
  /** The fields of the control file: `Package`, `Version`, `Architecture`, `Depends` and more. */
  readonly control: ControlFields;
  /** What the package installs. */
  readonly tree: Tree;
}

export interface ReadDebOptions {
  /** Goes into every entry's origin. */
  readonly origin: string;
  /** Names the package in errors; the origin unless told. */
  readonly what?: string;
}

/** Control archives hold a few scripts and lists; more is no package. */
const CONTROL_LIMITS = { entries: 1000, bytes: 64 << 20 };

/**
 * Reads a `.deb`. The contents of its files go to the sink.
 *
 * @throws RB_ARCHIVE_DAMAGED when it is no package, or damaged or cut off
 * @throws RB_ARCHIVE_UNSUPPORTED for other formats than 2.x and compressions that are not read
 */
export async function readDeb(deb: Content, sink: ContentSink, options: ReadDebOptions): Promise<DebPackage> {
  const { origin, what = origin } = options;
  const { fields } = await readDebControl(deb, what);
  const tree = await readTar(debData(deb, what), sink, { origin, what });
  return { control: fields, tree };
}

/** What a `.deb` says of itself. */
export interface DebControl {
  readonly fields: ControlFields;
  /** The maintainer scripts that dpkg would run when it is installed. */
  readonly scripts: readonly string[];
}

/** In the order in which dpkg runs them (Debian policy, section 6.5). */
const SCRIPTS = ['config', 'preinst', 'postinst'];

/**
 * Reads the control archive of a `.deb` and nothing else of it.
 *
 * @param what names the package in errors
 * @throws as {@link readDeb}
 */
export async function readDebControl(deb: Content, what: string): Promise<DebControl> {
  let version: string | undefined;
  for await (const entry of arEntries(contentChunks(deb), what)) {
    if (version === undefined) version = await readVersion(entry, what);
    else if (isPart(entry, 'control')) return await readControl(entry, what);
  }
  throw noPackage(what, 'it has no control');
}

/**
 * The tar of what a `.deb` installs, decompressed.
 *
 * @throws as {@link readDeb}
 */
export async function* debData(deb: Content, what: string): AsyncGenerator<Uint8Array, void, undefined> {
  let found = false;
  for await (const entry of arEntries(contentChunks(deb), what)) {
    if (found || !isPart(entry, 'data')) continue;
    found = true;
    yield* decompressStream(entry.body, `${what} (${entry.name})`);
  }
  if (!found) throw noPackage(what, 'it has no data');
}

function isPart({ name }: ArEntry, part: 'control' | 'data'): boolean {
  return name === `${part}.tar` || name.startsWith(`${part}.tar.`);
}

/** The first member is `debian-binary`: the format's version and a line feed. */
async function readVersion(entry: ArEntry, what: string): Promise<string> {
  const content =
    entry.name === 'debian-binary' && entry.size < 100 ? await memorySink.put(entry.body) : undefined;
  const version = content && Buffer.from(readContent(content)).toString('latin1').split('\n')[0]!;
  if (version === undefined) {
    throw noPackage(what, 'it does not say so');
  }
  if (/^2\.\d+$/.test(version)) return version;
  throw new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', `${what} has the package format ${version}, not 2.0`);
}

async function readControl(entry: ArEntry, what: string): Promise<DebControl> {
  const chunks = decompressStream(entry.body, `${what} (${entry.name})`);
  const tree = await readTar(chunks, memorySink, { origin: what, limits: CONTROL_LIMITS });
  const file = tree.get('/control');
  const text = file?.type === 'file' ? Buffer.from(readContent(file.content)).toString('utf8') : '';
  const fields = parseControl(text)[0];
  if (fields?.get('Package') && fields.get('Version')) {
    return { fields, scripts: SCRIPTS.filter((name) => tree.get(`/${name}`)?.type === 'file') };
  }
  throw noPackage(what, 'its control file names none');
}

function noPackage(what: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${what} is no Debian package: ${why}`, {
    hint: 'download it again, or check that it is what it is named',
  });
}
