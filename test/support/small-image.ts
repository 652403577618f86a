import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { tarBlocks } from './tar-blocks.ts';

const OCI = 'application/vnd.oci.image';
export const MANIFEST = `${OCI}.manifest.v1+json`;

/** In hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** An image of one layer, whose parts a test may exchange. */
export function image() {
  const tar = tarBlocks([{ name: 'hello', body: 'world' }]);
  const layer = gzipSync(tar);
  const config = json({
    os: 'linux',
    architecture: 'amd64',
    config: { Env: ['A=b'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(tar)}`] },
  });
  return { tar, layer, config, ...manifestOf(config, layer) };
}

/** @param over fields of the layer's descriptor */
export function manifestOf(config: Uint8Array, layer: Uint8Array, over: object = {}) {
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: `${OCI}.config.v1+json`, digest: `sha256:${sha256(config)}`, size: config.length },
    layers: [
      {
        mediaType: `${OCI}.layer.v1.tar+gzip`,
        digest: `sha256:${sha256(layer)}`,
        size: layer.length,
        ...over,
      },
    ],
  });
  return { manifest, digest: sha256(manifest) };
}

export type Parts = ReturnType<typeof image>;

/** Answers as a registry does; the given bodies lie under the digests of the untouched image. */
export function serve(parts: Parts, served: Partial<Parts> = {}, headers: Record<string, string> = {}) {
  const body = { ...parts, ...served };
  const blobs = new Map([
    [`blobs/sha256:${sha256(parts.layer)}`, body.layer],
    [`blobs/sha256:${sha256(parts.config)}`, body.config],
    [`manifests/sha256:${parts.digest}`, body.manifest],
    ['manifests/one', body.manifest],
  ]);
  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url!.replace('/v2/a/b/', '');
    const found = request.url === '/v2/' ? Buffer.from('{}') : blobs.get(path);
    if (!found) response.writeHead(404).end();
    else {
      const type = path.startsWith('manifests') ? { 'content-type': MANIFEST } : {};
      response.writeHead(200, { ...type, 'content-length': found.length, ...headers }).end(found);
    }
  };
}
