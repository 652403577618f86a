import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DockerRegistry } from './docker-registry.ts';
import { Loopback } from './loopback.ts';
import { nar } from './nar.ts';
import { nixKeyPair, publish } from './nix-cache.ts';
import { judge } from './oracle.ts';
import { apkKeyPair, apkRepository } from './small-apk.ts';
import { SmallRegistry } from './small-registry.ts';

const TOOL = `${'1'.repeat(32)}-tool-1.0`;
const LIBRARY = `${'2'.repeat(32)}-library-2.0`;

/** Bytes of each layer, package and archive. */
const SIZE = 1 << 20;

const noise = (): string => randomBytes(SIZE).toString('latin1');

/**
 * Everything that a recipe may take from servers, on one server that counts what it is asked for: a real registry
 * with an image of three layers, a signed repository of apk, a binary cache of Nix.
 */
export class Pantry {
  /** What it was asked for. */
  readonly server: Loopback;
  /** Called before an answer; what it returns is waited for. */
  beforeAnswer: (url: string) => Promise<void> | void = () => {};
  /** Whether only the first half of an answer is sent, and no end. */
  isHalved: (url: string) => boolean = () => false;
  readonly #registry: DockerRegistry;
  readonly #key: string;
  readonly #nixKey: string;

  private constructor(server: Loopback, registry: DockerRegistry, key: string, nixKey: string) {
    this.server = server;
    this.#registry = registry;
    this.#key = key;
    this.#nixKey = nixKey;
  }

  /** @param folder for the registry and the key, which other users may read then */
  static async open(folder: string): Promise<Pantry> {
    const registry = await DockerRegistry.start(folder);
    push(join(folder, 'layout'), registry.host);
    const apkKey = apkKeyPair('pantry@example.org-1.rsa.pub');
    const key = join(folder, apkKey.name);
    writeFileSync(key, apkKey.publicKey);
    chmodSync(folder, 0o755);
    const names = ['one', 'two'];
    const packages = names.map((name) => ({
      name,
      version: '1.0-r0',
      data: [{ name: `usr/${name}`, body: noise() }],
    }));
    const nixKey = nixKeyPair('pantry-1');
    const library = publish({ base: LIBRARY, nar: nar({ file: noise() }) }, nixKey);
    const tool = publish({ base: TOOL, nar: nar({ file: noise() }), references: [LIBRARY] }, nixKey);
    const files = new Map([
      ...[...apkRepository(packages, apkKey)].map(([path, file]) => [`/apk${path}`, file] as const),
      ...[...tool, ...library].map(([path, file]) => [`/nix/${path}`, file] as const),
    ]);
    const pantry = new Pantry(await Loopback.start(), registry, key, nixKey.publicKey);
    pantry.server.answer = (incoming, response) => pantry.#answer(files, incoming, response);
    return pantry;
  }

  /** The `cook` part of a recipe that takes of everything. */
  get recipe(): object {
    const { host } = this.server;
    return {
      base: { oci: `${host}/pantry/base:one` },
      apk: 'native',
      packages: ['one', 'two'],
      repositories: [`http://${host}/apk`],
      apkKeys: [this.#key],
      contents: [{ nix: TOOL, cache: `http://${host}/nix`, keys: [this.#nixKey] }],
    };
  }

  /** How often each thing was asked for, by its path. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { url } of this.server.seen) counts.set(url, (counts.get(url) ?? 0) + 1);
    return counts;
  }

  /** Forgets what was asked for, and how it was answered. */
  reset(): void {
    this.server.seen.length = 0;
    this.beforeAnswer = () => {};
    this.isHalved = () => false;
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.#registry.stop();
  }

  async #answer(
    files: ReadonlyMap<string, Buffer>,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { url = '' } = incoming;
    await this.beforeAnswer(url);
    const { status, type, body } = url.startsWith('/v2/')
      ? await this.#ask(incoming)
      : {
          status: files.has(url) ? 200 : 404,
          type: 'application/octet-stream',
          body: files.get(url) ?? Buffer.alloc(0),
        };
    response.writeHead(status, { 'content-type': type, 'content-length': body.length });
    if (this.isHalved(url)) response.write(body.subarray(0, body.length >> 1));
    else response.end(body);
  }

  #ask({ url, method, headers }: IncomingMessage): Promise<{ status: number; type: string; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { accept } = headers;
      const asked = request(`http://${this.#registry.host}${url}`, {
        method,
        headers: { ...(accept && { accept }) },
      });
      asked.once('error', reject).once('response', (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.once('end', () => {
          const type = answer.headers['content-type'] ?? '';
          resolve({ status: answer.statusCode!, type, body: Buffer.concat(parts) });
        });
      });
      asked.end();
    });
  }
}

/** Lays out an image of three layers, and pushes it. */
function push(layout: string, host: string): void {
  const registry = new SmallRegistry();
  const manifest = registry.image({
    layers: ['a', 'b', 'c'].map((name) => ({ tar: [{ name: `layer-${name}`, body: noise() }] })),
  });
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  for (const [path, { body }] of registry.files) {
    writeFileSync(join(layout, 'blobs/sha256', path.split(':')[1]!), body);
  }
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  judge('skopeo', [
    '--insecure-policy',
    'copy',
    '-q',
    '--dest-tls-verify=false',
    `oci:${layout}`,
    `docker://${host}/pantry/base:one`,
  ]);
}
