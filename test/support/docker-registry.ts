import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTool } from './oracle.ts';

export interface RegistryOptions {
  /** The `auth` part of its configuration. Default: everybody may do everything. */
  readonly auth?: object;
}

/** Debian's docker-registry on loopback, over http. */
export class DockerRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly #process: ChildProcess;

  private constructor(host: string, process: ChildProcess) {
    this.host = host;
    this.#process = process;
  }

  /** @param folder for its configuration and its blobs */
  static async start(folder: string, { auth }: RegistryOptions = {}): Promise<DockerRegistry> {
    const host = `127.0.0.1:${await freePort()}`;
    const config = {
      version: '0.1',
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
      http: { addr: host },
      ...(auth && { auth }),
    };
    mkdirSync(join(folder, 'registry'), { recursive: true });
    const path = join(folder, 'registry.yml');
    writeFileSync(path, JSON.stringify(config));
    const child = spawn(findTool('docker-registry')!, ['serve', path], { stdio: 'ignore' });
    const registry = new DockerRegistry(host, child);
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
      if (answer?.ok || (auth && answer?.status === 401)) return registry;
      if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
      await sleep(50);
    }
    await registry.stop();
    throw new Error('docker-registry does not answer');
  }

  /** Puts a manifest or an index under a tag; gives its digest. */
  async putManifest(repository: string, tag: string, mediaType: string, body: string): Promise<string> {
    const url = `http://${this.host}/v2/${repository}/manifests/${tag}`;
    const answer = await fetch(url, { method: 'PUT', body, headers: { 'content-type': mediaType } });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return answer.headers.get('docker-content-digest')!;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
