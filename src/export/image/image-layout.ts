import { createHash } from 'node:crypto';
import { compressStream, type OutputCompression } from '../../formats/compression/index.ts';
import {
  blobPath,
  CONFIG_TYPE,
  type ConfigFields,
  type DescriptorFields,
  encodeConfig,
  encodeLayoutFile,
  encodeLayoutIndex,
  encodeManifest,
  encodeTime,
  type ImageConfig,
  LAYER_TYPE,
  LAYOUT_FILE,
  LAYOUT_INDEX,
  MANIFEST_TYPE,
  parsePlatform,
  unsupported,
} from '../../formats/oci/index.ts';
import { writeTar } from '../../formats/tar/index.ts';
import type { Host } from '../../host.ts';
import { abortable } from '../../sources/abortable.ts';
import { hashed } from '../../sources/digest.ts';
import { bytesContent, type Content, type ContentSink } from '../../tree/content.ts';
import { fileEntry, type Metadata, metadata } from '../../tree/entry.ts';
import { Tree } from '../../tree/tree.ts';
import { platformOf } from './platform.ts';

/** A cooked root, as far as an image takes it. */
export interface ImageRoot {
  readonly tree: Tree;
  /** Seconds since 1970: the image's time. */
  readonly epoch: number;
  /** What the image that is the base says of itself. */
  readonly image?: ImageConfig;
}

/** How a root becomes an image of OCI. */
export interface ImageOptions {
  /** How the layer is compressed. Default gzip, which every tool reads. */
  readonly compression?: OutputCompression;
  /** `os/architecture[/variant]`. Default: that of the base's image, else of the root's own programs. */
  readonly platform?: string;
  /** What the image says of itself, in the place of what the base's image says. */
  readonly config?: Partial<Omit<ImageConfig, 'platform' | 'diffIds'>>;
}

export interface ImageLayout {
  /** The layout's files: image-spec, image-layout.md. */
  readonly tree: Tree;
  /** Of the manifest, in hex: what pins the image. */
  readonly sha256: string;
}

const ORIGIN = 'image';

/** The annotation for the image's time: image-spec, annotations.md. */
const CREATED = 'org.opencontainers.image.created';

/** What stands before a name in a layer that takes the name away: image-spec, layer.md. */
const WHITEOUT = '.wh.';

/**
 * Makes an image of one layer of a root, as an OCI layout. The layer is the root's canonical tar, so that its
 * diff_id is the root's digest; a socket is an empty file there. Equal roots and options give equal bytes; the name stands in index.json only.
 *
 * @param name by which the image is found in the layout
 * @param sink takes the layer; the tree's contents lie there
 * @throws RB_ARGUMENT for a platform that is none
 * @throws RB_OCI_UNSUPPORTED when a name of the root would be read as a whiteout
 * @throws the reason of the host's signal
 */
export async function imageLayout(
  { tree, epoch, image }: ImageRoot,
  { compression = 'gzip', platform, config = {} }: ImageOptions,
  name: string | undefined,
  sink: ContentSink,
  { signal }: Pick<Host, 'signal'>,
): Promise<ImageLayout> {
  checkNames(tree);
  const own = image && image.platform.architecture !== '' ? image.platform : platformOf(tree);
  const target = platform === undefined ? own : parsePlatform(platform);
  const tar = hashed(abortable(writeTar(tree), signal));
  const blob = hashed(compressStream(compression, tar.chunks));
  const layer = await sink.put(blob.chunks);
  const fields: ConfigFields = {
    ...NOTHING_SAID,
    ...image,
    ...config,
    platform: target,
    diffIds: [await tar.digest()],
    created: epoch,
    history: ['rootless-bake cook'],
  };
  const files = new LayoutFiles(epoch);
  const layerType = compression === 'none' ? LAYER_TYPE : `${LAYER_TYPE}+${compression}`;
  const layers = [{ mediaType: layerType, ...files.addBlob(layer, await blob.digest()) }];
  const configFile = { mediaType: CONFIG_TYPE, ...files.addDocument(encodeConfig(fields)) };
  const manifestBytes = encodeManifest(configFile, layers, { [CREATED]: encodeTime(epoch) });
  const manifest = { mediaType: MANIFEST_TYPE, ...files.addDocument(manifestBytes) };
  files.add(LAYOUT_INDEX, bytesContent(encodeLayoutIndex({ ...manifest, platform: target }, name)));
  files.add(LAYOUT_FILE, bytesContent(encodeLayoutFile()));
  return { tree: files.tree, sha256: manifest.sha256 };
}

const NOTHING_SAID: Omit<ImageConfig, 'platform' | 'diffIds'> = {
  env: [],
  user: '',
  entrypoint: [],
  cmd: [],
  workingDir: '',
  labels: {},
  exposedPorts: [],
  volumes: [],
  stopSignal: '',
};

/** The files of a layout, which all have the image's time. */
class LayoutFiles {
  readonly #directory: Metadata;
  readonly #file: Metadata;
  readonly tree: Tree;

  constructor(epoch: number) {
    const mtime = BigInt(epoch) * 1_000_000_000n;
    this.#directory = metadata({ mode: 0o755, mtime, origin: ORIGIN });
    this.#file = metadata({ mode: 0o644, mtime, origin: ORIGIN });
    this.tree = new Tree(this.#directory);
  }

  add(path: string, content: Content): void {
    this.tree.set(path, fileEntry(content, this.#file), this.#directory);
  }

  addBlob(content: Content, sha256: string): Pick<DescriptorFields, 'sha256' | 'size'> {
    this.add(blobPath(sha256), content);
    return { sha256, size: content.size };
  }

  addDocument(bytes: Uint8Array): Pick<DescriptorFields, 'sha256' | 'size'> {
    return this.addBlob(bytesContent(bytes), createHash('sha256').update(bytes).digest('hex'));
  }
}

function checkNames(tree: Tree): void {
  for (const { path, name } of tree.walk()) {
    if (!name.startsWith(WHITEOUT)) continue;
    const hint = 'rename it, or leave it out: in layers such a name takes another one away';
    throw unsupported(path, 'it cannot be in an image', hint);
  }
}
