import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../../errors.ts';
import { breather, type Host } from '../../host.ts';
import type { NetResponse } from '../../net/net.ts';
import type { Transfer, TransferProgress } from '../../net/progress.ts';
import { discard } from '../../net/transport.ts';
import { checkDigest } from '../../sources/digest.ts';
import { type Content, contentChunks } from '../../tree/content.ts';
import { contentSlice } from '../../tree/content-slice.ts';
import type { RegistrySession } from './session.ts';

/** A blob that a registry shall have. */
export interface PushBlob {
  /** In words for people. */
  readonly what: string;
  /** In hex. */
  readonly sha256: string;
  readonly content: Content;
}

/** How a blob came to the registry: it was there, it was taken over from another repository, it was sent. */
export type BlobOutcome = 'present' | 'mounted' | 'uploaded';

/** In bytes, unless the registry wants more; proxies that limit bodies mostly take this much. */
const CHUNK = 16 << 20;

/** Answers to an upload in one piece by which registries ask for several, and what proxies find too large. */
const WANTS_CHUNKS = [405, 416, 501];
const TOO_LARGE = 413;

/**
 * Brings a blob to a repository, unless it is there: from one of its other repositories, else by an upload in one
 * piece, or in chunks where the registry takes no other. It is looked through first, so that nothing damaged is
 * sent.
 *
 * @param sources other repositories of the registry that may have it
 * @throws RB_DIGEST_MISMATCH, and as {@link RegistrySession.send}
 */
export async function pushBlob(
  blob: PushBlob,
  sources: readonly string[],
  session: RegistrySession,
  progress: TransferProgress,
  host: Pick<Host, 'signal' | 'now'>,
): Promise<BlobOutcome> {
  const { net } = session;
  if (await net.again(() => isThere(blob, session))) return 'present';
  for (const source of sources) {
    if (await net.again(() => mount(blob, source, session))) return 'mounted';
  }
  await verify(blob, host);
  const transfer = progress.begin(blob.content.size);
  let isDone = false;
  try {
    const isTaken = await net.again(() => uploadWhole(blob, session, transfer));
    if (!isTaken) await net.again(() => uploadChunks(blob, session, transfer));
    isDone = true;
  } finally {
    transfer.end(isDone);
  }
  return 'uploaded';
}

async function isThere({ what, sha256 }: PushBlob, session: RegistrySession): Promise<boolean> {
  const url = session.url(`blobs/sha256:${sha256}`);
  const response = await session.send({
    url,
    method: 'HEAD',
    what: `to be asked for ${what}`,
    statuses: [404],
  });
  await discard(response);
  return response.status !== 404;
}

/** Tells whether another repository had the blob. A registry that does not know it begins an upload instead. */
async function mount({ what, sha256 }: PushBlob, source: string, session: RegistrySession): Promise<boolean> {
  const url = session.url(`blobs/uploads/?mount=sha256:${sha256}&from=${encodeURIComponent(source)}`);
  const request = { url, method: 'POST', what: `to take over ${what}`, headers: EMPTY };
  const response = await session.send({ ...request, statuses: [400, 401, 403, 404, 405] });
  await discard(response);
  if (response.status === 202) await cancel(response, session);
  return response.status === 201;
}

/** Gives up an upload; one that cannot be given up ends by itself. */
async function cancel(begun: NetResponse, session: RegistrySession): Promise<void> {
  const url = begun.headers['location'];
  if (url === undefined) return;
  const request = { url: new URL(url, begun.url).href, method: 'DELETE', what: 'to give up an upload' };
  await session.send({ ...request, statuses: [400, 404, 405] }).then(discard, () => {});
}

async function verify(
  { what, sha256, content }: PushBlob,
  host: Pick<Host, 'signal' | 'now'>,
): Promise<void> {
  const hash = createHash('sha256');
  const breathe = breather(host);
  for (const chunk of contentChunks(content)) {
    hash.update(chunk);
    await breathe();
  }
  checkDigest(what, hash.digest('hex'), sha256);
}

/** Tells whether the registry has taken it. */
async function uploadWhole(blob: PushBlob, session: RegistrySession, transfer: Transfer): Promise<boolean> {
  const { what, sha256, content } = blob;
  const { location } = await begin(blob, session);
  const statuses = content.size > CHUNK ? [...WANTS_CHUNKS, TOO_LARGE] : WANTS_CHUNKS;
  const response = await session.send({
    url: withDigest(location, sha256),
    method: 'PUT',
    what,
    headers: BYTES,
    body: { size: content.size, open: () => told(content, 0, transfer) },
    statuses,
  });
  await discard(response);
  return !statuses.includes(response.status);
}

async function uploadChunks(blob: PushBlob, session: RegistrySession, transfer: Transfer): Promise<void> {
  const { what, sha256, content } = blob;
  const begun = await begin(blob, session);
  const length = Math.max(CHUNK, begun.minimum);
  let { location } = begun;
  for (let at = 0; at < content.size; at += length) {
    const piece = contentSlice(content, at, Math.min(length, content.size - at));
    const range = { 'content-range': `${at}-${at + piece.size - 1}` };
    const response = await session.send({
      url: location,
      method: 'PATCH',
      what: `a part of ${what}`,
      headers: { ...BYTES, ...range },
      body: { size: piece.size, open: () => told(piece, at, transfer) },
    });
    await discard(response);
    location = locationOf(response, what);
  }
  const url = withDigest(location, sha256);
  await discard(await session.send({ url, method: 'PUT', what, headers: EMPTY }));
}

async function begin(
  { what }: PushBlob,
  session: RegistrySession,
): Promise<{ readonly location: string; readonly minimum: number }> {
  const url = session.url('blobs/uploads/');
  const response = await session.send({ url, method: 'POST', what, headers: EMPTY });
  await discard(response);
  const minimum = Number(response.headers['oci-chunk-min-length'] ?? 0);
  return { location: locationOf(response, what), minimum: Number.isSafeInteger(minimum) ? minimum : 0 };
}

const EMPTY = { 'content-length': '0' };
const BYTES = { 'content-type': 'application/octet-stream' };

/** Where an upload goes on. @throws RB_PUSH_REFUSED when the registry says no place, or one without TLS */
function locationOf({ headers, url }: NetResponse, what: string): string {
  const text = headers['location'];
  const location = text !== undefined && URL.canParse(text, url) ? new URL(text, url) : undefined;
  const isDowngrade = url.startsWith('https:') && location?.protocol === 'http:';
  if (location && /^https?:$/.test(location.protocol) && !isDowngrade) return location.href;
  const why = isDowngrade ? 'a place without TLS' : 'no place';
  throw new RootlessBakeError('RB_PUSH_REFUSED', `${new URL(url).host} gives ${why} to send ${what} to`, {
    hint: isDowngrade
      ? 'it stands behind a proxy that it does not know of: set its own URL (http.host) to https'
      : 'it speaks another protocol than the distribution-spec',
  });
}

/** What the query holds already is the registry's, and stays as it is written. */
function withDigest(location: string, sha256: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=sha256:${sha256}`;
}

/** @param before bytes of the blob that were sent already */
function* told(content: Content, before: number, transfer: Transfer): Generator<Uint8Array> {
  let sent = before;
  for (const chunk of contentChunks(content, PIECE)) {
    yield chunk;
    sent += chunk.length;
    transfer.reach(sent);
  }
}

/** In bytes, so that progress shows on slow lines. */
const PIECE = 256 * 1024;
