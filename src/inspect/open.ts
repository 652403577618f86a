import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import type { BlockDevice } from 'ext2fs-wasm';
import { named, RootlessBakeError } from '../errors.ts';
import { decompressStream, detectCompression } from '../formats/compression/index.ts';
import { isCpio } from '../formats/cpio/index.ts';
import { LAYOUT_FILE } from '../formats/oci/index.ts';
import { DEFAULT_TAR_LIMITS, isTar, readTarInPlace } from '../formats/tar/index.ts';
import { type Host, pacer } from '../host.ts';
import { abortable } from '../sources/abortable.ts';
import { readDirectory } from '../sources/directory.ts';
import { inputErrors, readHostFile, S_IFDIR, S_IFMT } from '../sources/file.ts';
import { limited } from '../sources/limited.ts';
import { folderFiles, type ImageFiles } from '../sources/oci/local-image.ts';
import { createSpool, type Spool } from '../store/spool.ts';
import { type Content, type ContentReader, contentChunks, readHead } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import type { ReadableVolume } from '../tree/volume.ts';
import { contentDevice } from './content-device.ts';
import { fileSystemAt, type Partition, readPartitionTable } from './disk.ts';
import type { OpenedFileSystem, OpenedImage, OpenImageOptions } from './image.ts';
import { readInitramfs } from './initramfs.ts';
import { findLocalImage, type ImageChoice, imageKind, layeredTree } from './local-oci.ts';
import { SIGNATURE_BYTES } from './signatures.ts';

/** An image beyond this, decompressed, is none of ours. */
const LIMIT = 256 * 2 ** 30;
const LIMITS = { ...DEFAULT_TAR_LIMITS, bytes: LIMIT };

/** Entries of a folder that are read without a pause. */
const FOLDER_BREATH = 1000;

/** Offset of 55 AA in a boot record. */
const BOOT_SIGNATURE = 510;

/**
 * Opens what a path holds, told by its bytes and not by its name: a raw disk image with an MBR or a GPT, a bare ext2,
 * ext3 or ext4 file system, a tar, a newc cpio, an OCI layout or archive, an archive of `docker save`, a folder. A
 * file may be compressed by gzip, xz or zstd: it is decompressed into a temporary file then. `path:name` names one of
 * the images of a layout or an archive.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE for the path
 * @throws RB_IMAGE_UNKNOWN when it is nothing of these; RB_ARCHIVE_UNSUPPORTED for other compressions
 * @throws RB_MBR_INVALID, RB_MBR_OVERLAP, RB_GPT_INVALID, RB_EXT4_UNREADABLE,
 *   RB_ARCHIVE_DAMAGED, RB_OCI_INVALID, RB_OCI_UNSUPPORTED for what is damaged or cannot be read
 */
export async function openImage(
  path: string,
  options: OpenImageOptions,
  host: Pick<Host, 'signal' | 'temporaryDirectory'>,
): Promise<OpenedImage> {
  const volume = options.volume ?? nodeFs;
  const place = locate(path, volume);
  const choice = { name: place.name, platform: options.platform };
  if (!isThere(volume, place.path)) throw missing(place.path);
  const stat = inputErrors(place.path, () => volume.statSync(place.path, { bigint: true }));
  if ((Number(stat.mode) & S_IFMT) === S_IFDIR) return await openFolder(place.path, choice, volume, host);
  const opening = new Opening(place.path, choice, host);
  try {
    return await opening.open(readHostFile(volume, place.path));
  } catch (error) {
    opening.close();
    throw error;
  }
}

/** A path that does not exist may have a name of an image behind it. */
function locate(path: string, volume: ReadableVolume): { path: string; name?: string } {
  const [, file, name] = /^(.+):([^/:]+)$/.exec(path) ?? [];
  if (file === undefined || name === undefined || isThere(volume, path)) return { path };
  return isThere(volume, file) ? { path: file, name } : { path };
}

function missing(path: string): RootlessBakeError {
  return new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} does not exist`, {
    hint: 'give the path of an image, an archive or a folder',
  });
}

function isThere(volume: ReadableVolume, path: string): boolean {
  try {
    volume.statSync(path, { bigint: true });
    return true;
  } catch {
    return false;
  }
}

async function openFolder(
  path: string,
  choice: ImageChoice,
  volume: ReadableVolume,
  host: Pick<Host, 'signal' | 'temporaryDirectory'>,
): Promise<OpenedImage> {
  if (isThere(volume, join(path, LAYOUT_FILE))) {
    const opening = new Opening(path, choice, host);
    try {
      return await opening.openOci(folderFiles(path, volume), { kind: 'oci', size: 0, compression: 'none' });
    } catch (error) {
      opening.close();
      throw error;
    }
  }
  refuseName(path, choice);
  return {
    path,
    kind: 'folder',
    size: 0,
    compression: 'none',
    fileSystems: [],
    tree: async (partition) => {
      refusePartition(path, partition);
      const pace = pacer(FOLDER_BREATH, host.signal);
      return await readDirectory(volume, path, { owner: 'keep', origin: path, pause: () => pace(1) });
    },
    close() {},
  };
}

type Facts = Pick<OpenedImage, 'kind' | 'size' | 'compression'>;

/** One image while it is opened, and what has to be closed with it. */
class Opening {
  readonly #path: string;
  readonly #choice: ImageChoice;
  readonly #host: Pick<Host, 'signal' | 'temporaryDirectory'>;
  readonly #closes: (() => void)[] = [];
  #spool: Spool | undefined;

  constructor(path: string, choice: ImageChoice, host: Pick<Host, 'signal' | 'temporaryDirectory'>) {
    this.#path = path;
    this.#choice = choice;
    this.#host = host;
  }

  close(): void {
    for (const close of this.#closes.splice(0)) close();
  }

  async open(file: Content): Promise<OpenedImage> {
    const path = this.#path;
    const { signal } = this.#host;
    const compression = detectCompression(this.#head(file), path);
    const content = compression === 'none' ? file : await this.#unpack(file);
    const head = this.#head(content);
    const facts = { size: file.size, compression, content };
    if (isTar(head)) return await this.#openTar(content, facts);
    if (isCpio(head)) {
      return this.#opened({ ...facts, kind: 'cpio' }, () =>
        readInitramfs(content, this.#sink(), { origin: path, limit: LIMIT, signal }),
      );
    }
    return await this.#openDisk(content, facts);
  }

  async openOci(files: ImageFiles, facts: Facts & { readonly content?: Content }): Promise<OpenedImage> {
    const image = await findLocalImage(files, this.#choice);
    const tree = (): Promise<Tree> => layeredTree(image, this.#sink(), this.#host, this.#path, LIMITS);
    return { ...this.#opened(facts, tree), config: image.config };
  }

  async #openTar(content: Content, facts: Omit<Facts, 'kind'> & { content: Content }): Promise<OpenedImage> {
    const path = this.#path;
    const { signal } = this.#host;
    const tree = await readTarInPlace(content, { origin: path, limits: LIMITS, signal });
    const files: ImageFiles = {
      path,
      find(name) {
        const entry = tree.resolve(name)?.entry;
        return entry?.type === 'file' ? entry.content : undefined;
      },
    };
    const kind = imageKind(files);
    if (kind) return await this.openOci(files, { ...facts, kind });
    return this.#opened({ ...facts, kind: 'tar' }, async () => tree);
  }

  async #openDisk(content: Content, facts: Omit<Facts, 'kind'> & { content: Content }): Promise<OpenedImage> {
    const { signal } = this.#host;
    // Archives and folders are looked into without it.
    const { readSuperblock, readTree } = await import('../ext4/read.ts');
    const reader = content.open();
    this.#closes.push(() => reader.close());
    const whole = contentDevice(reader, 0, content.size);
    if (fileSystemAt(whole, 0, whole.size) === 'ext') {
      const superblock = await named(this.#path, () => readSuperblock(whole));
      const tree = (): Promise<Tree> => readTree(whole, { origin: this.#path, signal });
      return { ...this.#opened({ ...facts, kind: 'filesystem' }, tree), fileSystems: [{ superblock }] };
    }
    if (!hasBootSignature(whole)) throw unknownImage(this.#path, fileSystemAt(whole, 0, whole.size));
    refuseName(this.#path, this.#choice);
    const partitionTable = named(this.#path, () => readPartitionTable(whole));
    const fileSystems: OpenedFileSystem[] = [];
    for (const partition of partitionTable.partitions) {
      if (partition.fileSystem !== 'ext') continue;
      const device = partitionDevice(reader, partition, content.size);
      const place = `${this.#path}, partition ${partition.number}`;
      fileSystems.push({ partition, superblock: await named(place, () => readSuperblock(device)) });
    }
    return {
      ...this.#opened({ ...facts, kind: 'disk' }),
      partitionTable,
      fileSystems,
      tree: async (number) => {
        const partition = choosePartition(this.#path, fileSystems, number);
        return await readTree(partitionDevice(reader, partition, content.size), {
          origin: this.#path,
          signal,
        });
      },
    };
  }

  /** @param load reads the tree of what has no partitions */
  #opened(
    facts: Facts & { readonly content?: Content },
    load: () => Promise<Tree> = () => Promise.reject(new Error('a disk has no tree of its own')),
  ): OpenedImage {
    if (facts.kind !== 'oci' && facts.kind !== 'docker') refuseName(this.#path, this.#choice);
    return {
      path: this.#path,
      ...facts,
      fileSystems: [],
      tree: async (partition) => {
        refusePartition(this.#path, partition);
        return await load();
      },
      close: () => this.close(),
    };
  }

  async #unpack(file: Content): Promise<Content> {
    const path = this.#path;
    const chunks = limited(decompressStream(contentChunks(file), path), LIMIT, path);
    return await this.#sink().put(abortable(chunks, this.#host.signal));
  }

  #sink(): Spool {
    if (this.#spool) return this.#spool;
    const spool = createSpool(this.#host.temporaryDirectory);
    this.#closes.push(() => spool.close());
    this.#spool = spool;
    return spool;
  }

  #head(content: Content): Uint8Array {
    return inputErrors(this.#path, () => readHead(content, SIGNATURE_BYTES));
  }
}

function hasBootSignature(disk: BlockDevice): boolean {
  if (disk.size < BOOT_SIGNATURE + 2) return false;
  const bytes = new Uint8Array(2);
  disk.read(bytes, BOOT_SIGNATURE);
  return bytes[0] === 0x55 && bytes[1] === 0xaa;
}

/** As much of a partition as the image has. */
function partitionDevice(reader: ContentReader, { offset, size }: Partition, end: number): BlockDevice {
  return contentDevice(reader, offset, Math.max(0, Math.min(size, end - offset)));
}

function choosePartition(
  path: string,
  fileSystems: readonly OpenedFileSystem[],
  number: number | undefined,
): Partition {
  const partitions = fileSystems.map(({ partition }) => partition!);
  const numbers = partitions.map((partition) => partition.number).join(', ');
  if (number === undefined) {
    if (partitions.length === 1) return partitions[0]!;
    if (partitions.length === 0) throw unreadable(path, 'has no ext2, ext3 or ext4 file system');
    throw new RootlessBakeError('RB_ARGUMENT', `${path} has several file systems`, {
      hint: `name one of the partitions ${numbers} by --partition`,
    });
  }
  const found = partitions.find((partition) => partition.number === number);
  if (found) return found;
  throw unreadable(path, `has no ext2, ext3 or ext4 file system in partition ${number}`, numbers);
}

function unreadable(path: string, why: string, numbers = ''): RootlessBakeError {
  const hint = numbers === '' ? 'other file systems cannot be looked into' : `it has those in ${numbers}`;
  return new RootlessBakeError('RB_ARGUMENT', `${path} ${why}`, { hint });
}

function refusePartition(path: string, partition: number | undefined): void {
  if (partition === undefined) return;
  throw new RootlessBakeError('RB_ARGUMENT', `${path} has no partitions`, { hint: 'leave --partition out' });
}

function refuseName(path: string, { name }: ImageChoice): void {
  if (name === undefined) return;
  throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path}:${name} does not exist`, {
    hint: `${path} is no image of OCI, which could have a name`,
  });
}

function unknownImage(path: string, found: string | undefined): RootlessBakeError {
  const what = found ? `a file system of ${found}, which is not read here` : 'nothing that is known here';
  return new RootlessBakeError('RB_IMAGE_UNKNOWN', `${path} holds ${what}`, {
    hint: 'images are raw disks (MBR or GPT), ext2, ext3 or ext4, tar, cpio (newc), OCI layouts and archives, or folders',
  });
}
