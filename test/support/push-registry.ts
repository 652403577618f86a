import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from './small-image.ts';

interface Put {
  readonly body: Buffer;
  readonly type: string;
}

/** A registry in memory that takes what is pushed to it, as the distribution-spec has it. */
export class PushRegistry {
  /** Blobs by repository and digest, `a/b sha256:…`. */
  readonly blobs: Map<string, Buffer> = new Map();
  /** Manifests by repository and reference, `a/b one` and `a/b sha256:…`. */
  readonly manifests: Map<string, Put> = new Map();
  /** Answers in the registry's place; false when it has not. */
  before: (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean = () => false;
  /** Headers of the answer to a manifest. */
  manifestHeaders: (digest: string) => Record<string, string> = (digest) => ({
    'docker-content-digest': digest,
  });
  readonly #uploads = new Map<string, Buffer>();

  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    if (this.before(request, response, body)) return;
    const url = new URL(request.url!, 'http://registry');
    const [, repository = '', kind, rest = ''] =
      /^\/v2\/(.+?)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v2/') response.end('{}');
    else if (rest.startsWith('uploads/')) this.#upload(request, response, url, repository, body);
    else if (kind === 'blobs') response.writeHead(this.blobs.has(`${repository} ${rest}`) ? 200 : 404).end();
    else if (request.method === 'PUT') this.#manifest(request, response, repository, rest, body);
    else response.writeHead(404).end();
  };

  #upload(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    repository: string,
    body: Buffer,
  ): void {
    const session = url.searchParams.get('_state');
    const digest = url.searchParams.get('digest');
    const mount = url.searchParams.get('mount');
    if (request.method === 'POST') {
      const blob = mount === null ? undefined : this.blobs.get(`${url.searchParams.get('from')} ${mount}`);
      if (blob) this.blobs.set(`${repository} ${mount}`, blob);
      if (blob) response.writeHead(201).end();
      else this.#goOn(response, repository, `s+${this.#uploads.size}/=`, Buffer.alloc(0));
      return;
    }
    const before = session === null ? undefined : this.#uploads.get(session);
    if (session === null || !before) {
      response.writeHead(404).end(told('BLOB_UPLOAD_UNKNOWN', 'no such upload'));
      return;
    }
    if (request.method === 'DELETE') {
      this.#uploads.delete(session);
      response.writeHead(204).end();
      return;
    }
    const start = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== before.length) {
      response.writeHead(416).end();
      return;
    }
    const all = Buffer.concat([before, body]);
    if (request.method === 'PATCH') this.#goOn(response, repository, session, all);
    else if (digest !== `sha256:${sha256(all)}`)
      response.writeHead(400).end(told('DIGEST_INVALID', 'not that'));
    else {
      this.blobs.set(`${repository} ${digest}`, all);
      this.#uploads.delete(session);
      response.writeHead(201).end();
    }
  }

  /** The state is as hard to keep as registries make it. */
  #goOn(response: ServerResponse, repository: string, session: string, bytes: Buffer): void {
    this.#uploads.set(session, bytes);
    const location = `/v2/${repository}/blobs/uploads/x?_state=${encodeURIComponent(session)}`;
    response.writeHead(202, { location, range: `0-${Math.max(0, bytes.length - 1)}` }).end();
  }

  /** Takes a manifest only when it has all that the manifest refers to. */
  #manifest(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    reference: string,
    body: Buffer,
  ): void {
    const document = JSON.parse(body.toString());
    const digest = `sha256:${sha256(body)}`;
    const blobs = [document.config, ...(document.layers ?? [])].filter((item) => item !== undefined);
    const missing = [
      ...blobs.filter((item) => !this.blobs.has(`${repository} ${item.digest}`)),
      ...(document.manifests ?? []).filter(
        (item: { digest: string }) => !this.manifests.has(`${repository} ${item.digest}`),
      ),
    ];
    if (missing.length > 0) {
      response.writeHead(400).end(told('MANIFEST_BLOB_UNKNOWN', `unknown: ${missing[0].digest}`));
      return;
    }
    const put = { body, type: request.headers['content-type'] ?? '' };
    this.manifests.set(`${repository} ${reference}`, put);
    this.manifests.set(`${repository} ${digest}`, put);
    response.writeHead(201, this.manifestHeaders(digest)).end();
  }
}

/** An error as registries tell it. */
export function told(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}
