import { RootlessBakeError } from '../../errors.ts';
import { Steps } from '../../events.ts';
import {
  DEFAULT_PLATFORM,
  type ImageReference,
  LAYOUT_FILE,
  parsePlatform,
  parseReference,
  unsupported,
} from '../../formats/oci/index.ts';
import type { Host } from '../../host.ts';
import { throwIfAborted } from '../../host.ts';
import { Net } from '../../net/net.ts';
import { TransferProgress } from '../../net/progress.ts';
import { discard } from '../../net/transport.ts';
import { DOCKER_ARCHIVE_MANIFEST } from '../../sources/oci/docker-archive.ts';
import { IMAGE_LIMITS } from '../../sources/oci/index.ts';
import { type ImageFiles, LayoutImage, openImageFiles } from '../../sources/oci/local-image.ts';
import { makeTemporaryFolder } from '../../store/folder.ts';
import { createSpool, type Spool } from '../../store/spool.ts';
import { type ImageOptions, type ImageRoot, imageLayout } from '../image/image-layout.ts';
import { type BlobOutcome, type PushBlob, pushBlob } from './blob.ts';
import { checkTaken, collectParts, type PushDocument } from './documents.ts';
import { locateImage } from './locate.ts';
import { knownRepositories, rememberRepository } from './mounts.ts';
import { RegistrySession } from './session.ts';

/** How an image is made and pushed. */
export interface PushOptions extends ImageOptions {
  /** Other repositories of the same registry that may have the blobs. Those pushed to before are known. */
  readonly mountFrom?: readonly string[];
}

/** An image that a registry has now. */
export interface PushedImage {
  /** The reference with its tag and its digest, `repository:tag@sha256:…`: what pins the image. */
  readonly reference: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly blobs: readonly PushedBlob[];
}

/** A layer or the configuration of an image that was pushed. */
export interface PushedBlob {
  /** `sha256:…` */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Whether it was there already, was taken over from another repository, or was sent. */
  readonly outcome: BlobOutcome;
}

/** Blobs on their way at once. */
const LANES = 3;

/**
 * Tells before a root is cooked whether its image can be pushed: that the registry answers, and takes the
 * credentials.
 *
 * @throws as {@link push}
 */
export async function checkPush(text: string, { platform }: PushOptions, host: Host): Promise<void> {
  const reference = parseReference(text);
  if (platform !== undefined) parsePlatform(platform);
  checkOnline(text, host);
  await new RegistrySession(reference, [], new Net(host), host).check();
}

/**
 * Pushes an image to a registry by the distribution-spec: a root's, or one of a layout or an archive as it is,
 * an index with all its images included. What the registry has is not sent; manifests go last. The credentials
 * are those that `docker login` has left.
 *
 * @param source a root; or a path as {@link locateImage} reads it
 * @param text reference, as Docker writes it; with a digest the image must have it
 * @throws RB_ARGUMENT for a reference or a platform that is none
 * @throws RB_OFFLINE when nothing may be asked of the network
 * @throws RB_UNAUTHORIZED, RB_PUSH_REFUSED for what the registry refuses, in its words; RB_NETWORK
 * @throws RB_DIGEST_MISMATCH when the image is damaged, or has not the digest of the reference
 * @throws what making and reading an image throw; the reason of the host's signal
 */
export async function push(
  source: ImageRoot | string,
  text: string,
  options: PushOptions,
  host: Host,
): Promise<PushedImage> {
  const reference = parseReference(text);
  checkOnline(text, host);
  makeTemporaryFolder(host.temporaryDirectory);
  const spool = createSpool(host.temporaryDirectory);
  try {
    const image = await openImage(source, options, spool, host);
    const { documents, blobs } = await collectParts(image.layout, image.files);
    const manifest = documents.at(-1)!;
    checkReference(text, reference, manifest);
    const upload = new Upload(reference, options.mountFrom ?? [], blobs, host);
    const pushed = await upload.run(documents);
    return {
      reference: pinned(text, reference, manifest.sha256),
      digest: `sha256:${manifest.sha256}`,
      blobs: pushed,
    };
  } finally {
    spool.close();
  }
}

class Upload {
  readonly #reference: ImageReference;
  readonly #blobs: readonly PushBlob[];
  /** For each blob, the repositories that may have it. */
  readonly #sources: ReadonlyMap<string, readonly string[]>;
  readonly #host: Host;
  readonly #stop = new AbortController();
  readonly #progress: TransferProgress;
  readonly #session: RegistrySession;

  constructor(reference: ImageReference, others: readonly string[], blobs: readonly PushBlob[], host: Host) {
    this.#reference = reference;
    this.#blobs = blobs;
    this.#progress = new TransferProgress(host, 'push');
    this.#host = { ...host, signal: AbortSignal.any([host.signal, this.#stop.signal]) };
    const net = new Net(this.#host);
    this.#sources = sourcesOf(blobs, others, reference, net);
    const sources = [...new Set([...this.#sources.values()].flat())];
    this.#session = new RegistrySession(reference, sources, net, this.#host);
  }

  async run(documents: readonly PushDocument[]): Promise<PushedBlob[]> {
    await this.#session.check();
    const outcomes = await this.#pushBlobs();
    for (const document of documents) await this.#pushDocument(document, document === documents.at(-1));
    return this.#blobs.map(({ sha256, content }) => ({
      digest: `sha256:${sha256}`,
      size: content.size,
      outcome: outcomes.get(sha256)!,
    }));
  }

  /** Several at once; the first that fails ends the others. */
  async #pushBlobs(): Promise<ReadonlyMap<string, BlobOutcome>> {
    const outcomes = new Map<string, BlobOutcome>();
    const waiting = [...this.#blobs];
    const failures: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (let blob = waiting.shift(); blob; blob = waiting.shift()) {
        const sources = this.#sources.get(blob.sha256) ?? [];
        outcomes.set(blob.sha256, await pushBlob(blob, sources, this.#session, this.#progress, this.#host));
        const { registry, repository } = this.#reference;
        rememberRepository(this.#session.net.store, registry, repository, blob.sha256);
      }
    };
    const lanes = Array.from({ length: LANES }, () =>
      lane().catch((error: unknown) => {
        failures.push(error);
        this.#stop.abort(error);
      }),
    );
    await Promise.all(lanes);
    if (failures.length > 0) throw failures[0];
    throwIfAborted(this.#host.signal);
    return outcomes;
  }

  async #pushDocument(document: PushDocument, isRoot: boolean): Promise<void> {
    const { what, bytes, mediaType, sha256 } = document;
    const { tag } = this.#reference;
    const session = this.#session;
    const response = await session.net.again(() =>
      session.send({
        url: session.url(`manifests/${isRoot && tag !== undefined ? tag : `sha256:${sha256}`}`),
        method: 'PUT',
        what,
        headers: { 'content-type': mediaType },
        body: { size: bytes.length, open: () => [bytes] },
      }),
    );
    await discard(response);
    checkTaken(document, response.headers['docker-content-digest']);
  }
}

function checkOnline(text: string, { offline }: Host): void {
  if (!offline) return;
  throw new RootlessBakeError('RB_OFFLINE', `nothing is pushed to ${text}, for the run is offline`, {
    hint: 'push without --offline',
  });
}

/** Opens a layout, or makes one. */
async function openImage(
  source: ImageRoot | string,
  options: PushOptions,
  spool: Spool,
  host: Host,
): Promise<{ readonly layout: LayoutImage; readonly files: ImageFiles }> {
  if (typeof source === 'string') {
    const { path, name, sha256 } = locateImage(source);
    const files = await openImageFiles(path, spool, IMAGE_LIMITS);
    checkKind(files);
    const platform = options.platform === undefined ? DEFAULT_PLATFORM : parsePlatform(options.platform);
    return { layout: new LayoutImage(files, name, sha256, platform), files };
  }
  const { tree, sha256 } = await new Steps(host).run('image layer', () =>
    imageLayout(source, options, undefined, spool, host),
  );
  const files: ImageFiles = {
    path: 'the image',
    find(path) {
      const entry = tree.get(path);
      return entry?.type === 'file' ? entry.content : undefined;
    },
  };
  return { layout: new LayoutImage(files, undefined, sha256, DEFAULT_PLATFORM), files };
}

function checkKind(files: ImageFiles): void {
  if (files.find(LAYOUT_FILE) || !files.find(DOCKER_ARCHIVE_MANIFEST)) return;
  throw unsupported(
    files.path,
    'it is an archive of docker save, which is not pushed as it is',
    'make it an OCI archive first: skopeo copy docker-archive:… oci-archive:…',
  );
}

function sourcesOf(
  blobs: readonly PushBlob[],
  others: readonly string[],
  { registry, repository }: ImageReference,
  { store }: Net,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    blobs.map(({ sha256 }) => {
      const known = [...others, ...knownRepositories(store, registry, sha256)];
      return [sha256, [...new Set(known)].filter((name) => name !== repository)];
    }),
  );
}

function checkReference(text: string, reference: ImageReference, manifest: PushDocument): void {
  if (reference.sha256 === undefined || reference.sha256 === manifest.sha256) return;
  throw new RootlessBakeError(
    'RB_DIGEST_MISMATCH',
    `the image has the digest sha256:${manifest.sha256}, not that of ${text}`,
    { hint: 'push it by a tag alone, or make the image that has the digest' },
  );
}

/** As it is written, with the tag that it goes by, and its digest. */
function pinned(text: string, { tag }: ImageReference, sha256: string): string {
  const name = text.split('@')[0]!;
  const isTagged = name.lastIndexOf(':') > name.lastIndexOf('/');
  return `${name}${tag !== undefined && !isTagged ? `:${tag}` : ''}@sha256:${sha256}`;
}
