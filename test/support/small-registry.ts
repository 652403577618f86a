import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { json, sha256 } from './small-image.ts';
import { type TarBlock, tarBlocks } from './tar-blocks.ts';

export const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface LayerSpec {
  /** Entries, or the tar itself. */
  readonly tar: readonly TarBlock[] | Buffer;
  /** As it lies in the registry. Default: gzip. */
  readonly pack?: (tar: Buffer) => Buffer;
  /** What the config says of it. */
  readonly diffId?: string;
}

/** What an image says, over what it should say. */
export interface ImageSpec {
  readonly layers?: readonly LayerSpec[];
  readonly config?: object;
  readonly manifest?: object;
  /** Over the descriptors of the layers. */
  readonly layer?: object;
  /** Over the descriptor of the config. */
  readonly configDescriptor?: object;
  readonly index?: object;
  /** Over the descriptor of the manifest. */
  readonly manifestDescriptor?: object;
}

/** A repository of a registry, whose files a test may exchange. */
export class SmallRegistry {
  /** Bodies and types by their paths, such as `manifests/one` and `blobs/sha256:…`. */
  readonly files: Map<string, { readonly body: Buffer; readonly type: string }> = new Map();

  /** Puts a document under its digest. */
  put(kind: 'manifests' | 'blobs', body: Buffer, mediaType: string): Descriptor {
    const digest = `sha256:${sha256(body)}`;
    this.files.set(`${kind}/${digest}`, {
      body,
      type: kind === 'blobs' ? 'application/octet-stream' : mediaType,
    });
    return { mediaType, digest, size: body.length };
  }

  /** Puts an image that is consistent in its digests, whatever it says; gives its manifest's descriptor. */
  image({
    layers = [],
    config = {},
    manifest = {},
    layer = {},
    configDescriptor = {},
  }: ImageSpec): Descriptor {
    const packed = layers.map(({ tar, pack = gzipSync, diffId }) => {
      const bytes = Buffer.isBuffer(tar) ? tar : tarBlocks(tar);
      const descriptor = this.put('blobs', pack(bytes), TYPES.layer);
      return { diffId: diffId ?? `sha256:${sha256(bytes)}`, descriptor: { ...descriptor, ...layer } };
    });
    const diff_ids = packed.map(({ diffId }) => diffId);
    const own = json({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids }, ...config });
    const document = {
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config: { ...this.put('blobs', own, TYPES.config), ...configDescriptor },
      layers: packed.map(({ descriptor }) => descriptor),
      ...manifest,
    };
    return this.put('manifests', json(document), TYPES.manifest);
  }

  /** As {@link image}, in an index; gives the index's descriptor. */
  indexed(spec: ImageSpec): Descriptor {
    const platform = { os: 'linux', architecture: 'amd64' };
    const manifests = [{ ...this.image(spec), platform, ...spec.manifestDescriptor }];
    const document = { schemaVersion: 2, mediaType: TYPES.index, manifests, ...spec.index };
    return this.put('manifests', json(document), TYPES.index);
  }

  tag(name: string, { digest }: Descriptor): void {
    this.files.set(`manifests/${name}`, this.files.get(`manifests/${digest}`)!);
  }

  /** Changes the body of a file, and nothing that names it. */
  change(path: string, edit: (body: Buffer) => Buffer): void {
    const { body, type } = this.files.get(path)!;
    this.files.set(path, { body: edit(body), type });
  }

  /** Answers as a registry does. @param repository such as `a/b` */
  answer(repository: string): (request: IncomingMessage, response: ServerResponse) => void {
    return ({ url = '' }, response) => {
      const file = this.files.get(url.replace(`/v2/${repository}/`, ''));
      if (url === '/v2/') response.end('{}');
      else if (!file) response.writeHead(404).end();
      else
        response
          .writeHead(200, { 'content-type': file.type, 'content-length': file.body.length })
          .end(file.body);
    };
  }
}
