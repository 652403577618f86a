import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../../errors.ts';
import {
  type Descriptor,
  type ImageReference,
  isManifestType,
  MANIFEST_ACCEPT,
  MANIFEST_LIMIT,
} from '../../formats/oci/index.ts';
import type { Host } from '../../host.ts';
import { NetError } from '../../net/failure.ts';
import type { Net } from '../../net/net.ts';
import { discard } from '../../net/transport.ts';
import { limitExceeded } from '../../store/blob-writer.ts';
import { contentChunks, readContent } from '../../tree/content.ts';
import { checkDigest } from '../digest.ts';
import type { Intake } from '../intake.ts';
import { authorizationFor } from './authorization.ts';
import type { ImageBlob } from './image-parts.ts';
import type { ImageSource, RootDocument } from './image-source.ts';

type Headers = Readonly<Record<string, string>>;

/** An image in a registry of the API v2 (distribution-spec). Every blob is kept in the store. */
export class RegistryImage implements ImageSource {
  readonly what: string;
  readonly #reference: ImageReference;
  readonly #net: Net;
  readonly #host: Host;
  readonly #intake: Intake;
  /** The `Authorization` header, once the registry was asked what it wants. */
  #authorization: Promise<string | undefined> | undefined;

  /** @param what the reference, as it is written */
  constructor(reference: ImageReference, what: string, net: Net, host: Host, intake: Intake) {
    this.what = what;
    this.#reference = reference;
    this.#net = net;
    this.#host = host;
    this.#intake = intake;
  }

  /**
   * @throws RB_INPUT_NOT_FOUND when the registry does not know the image
   * @throws RB_OFFLINE when nothing may be asked of the network, and the tag is not pinned or the manifest not
   *   in the store
   * @throws RB_DIGEST_MISMATCH
   */
  async root(): Promise<RootDocument> {
    const { tag, sha256 } = this.#reference;
    const what = `the manifest of ${this.what}`;
    const stored = sha256 === undefined ? undefined : await this.#net.store.get(sha256);
    if (stored) {
      if (stored.size > MANIFEST_LIMIT) throw limitExceeded(what, MANIFEST_LIMIT);
      return { bytes: readContent(this.#net.store.content(stored)), sha256: stored.sha256 };
    }
    if (sha256 === undefined && this.#net.offline) throw unpinned(this.what);
    const url = this.#url(`manifests/${sha256 === undefined ? tag : `sha256:${sha256}`}`);
    const request = { url, what, accept: MANIFEST_ACCEPT, limit: MANIFEST_LIMIT };
    const { bytes, headers } = await this.#authorized(url, (own) =>
      this.#net.document({ ...request, headers: own }),
    ).catch((error: unknown) => {
      throw error instanceof NetError && error.status === 404 ? unknownImage(this.what, error) : error;
    });
    const actual = createHash('sha256').update(bytes).digest('hex');
    const told = /^sha256:([0-9a-f]{64})$/.exec(headers['docker-content-digest'] ?? '')?.[1];
    const wanted = sha256 ?? told;
    if (wanted !== undefined) checkDigest(what, actual, wanted);
    const type = headers['content-type']?.split(';')[0]?.trim();
    await this.#intake.take(actual, () => this.#net.store.put([bytes], { sha256: actual, what, url }));
    return {
      bytes,
      sha256: actual,
      mediaType: type !== undefined && isManifestType(type) ? type : undefined,
    };
  }

  async document(descriptor: Descriptor, limit: number, what: string): Promise<Uint8Array> {
    const { mediaType, sha256, size } = descriptor;
    const url = registryUrl(this.#reference, { isManifest: isManifestType(mediaType), sha256 });
    const request = { url, what, sha256, size, limit, accept: mediaType };
    const { bytes } = await this.#intake.take(sha256, () =>
      this.#authorized(url, (headers) => this.#net.document({ ...request, headers }), descriptor),
    );
    return bytes;
  }

  async layer(descriptor: Descriptor, what: string, signal: AbortSignal): Promise<Iterable<Uint8Array>> {
    const { sha256, size } = descriptor;
    const url = registryUrl(this.#reference, { isManifest: false, sha256 });
    const request = { url, what, sha256, size, signal };
    const blob = await this.#intake.take(sha256, () =>
      this.#authorized(url, (headers) => this.#net.download({ ...request, headers }), descriptor),
    );
    return contentChunks(this.#net.store.content(blob));
  }

  #url(path: string): string {
    return urlOf(this.#reference, path);
  }

  /**
   * Sends a request with what the registry wants to see, which it is asked once. A token that has expired, or
   * does not do for this request, is asked for again.
   *
   * @param blob nothing is asked for when it is in the store, or the network must not be asked
   */
  async #authorized<T>(url: string, send: (headers: Headers) => Promise<T>, blob?: Descriptor): Promise<T> {
    const isStored = blob && (await this.#net.store.get(blob.sha256, blob.size));
    if (isStored || this.#net.offline) return await send({});
    this.#authorization ??= this.#challenge(baseOf(this.#reference), 'GET');
    const used = this.#authorization;
    try {
      return await send(headersOf(await used));
    } catch (error) {
      if (!(error instanceof NetError) || error.status !== 401) throw error;
      if (this.#authorization === used) this.#authorization = this.#challenge(url, 'HEAD');
      return await send(headersOf(await this.#authorization));
    }
  }

  async #challenge(url: string, method: string): Promise<string | undefined> {
    const what = `what ${this.#reference.registry} wants to see`;
    const response = await this.#net.request({ url, method, what, statuses: [401, 403, 404] });
    await discard(response);
    const header = response.headers['www-authenticate'];
    if (response.status !== 401 || header === undefined) return undefined;
    return await authorizationFor(header, this.#reference, this.#net, this.#host);
  }
}

/** Where a part of an image is. */
export function registryUrl(
  reference: ImageReference,
  { isManifest, sha256 }: Pick<ImageBlob, 'isManifest' | 'sha256'>,
): string {
  return urlOf(reference, `${isManifest ? 'manifests' : 'blobs'}/sha256:${sha256}`);
}

function urlOf(reference: ImageReference, path: string): string {
  return `${baseOf(reference)}${reference.repository}/${path}`;
}

function baseOf({ isPlain, registry }: ImageReference): string {
  return `${isPlain ? 'http' : 'https'}://${registry}/v2/`;
}

function headersOf(authorization: string | undefined): Headers {
  return authorization === undefined ? {} : { authorization };
}

function unpinned(what: string): RootlessBakeError {
  return new RootlessBakeError(
    'RB_OFFLINE',
    `the tag of ${what} cannot be looked up, for the run is offline`,
    { hint: 'pin the image by its digest: cook once without --offline, which prints it' },
  );
}

function unknownImage(what: string, cause: unknown): RootlessBakeError {
  return new RootlessBakeError('RB_INPUT_NOT_FOUND', `its registry does not know ${what}`, {
    hint: 'check the name, the tag and the digest',
    cause,
  });
}
