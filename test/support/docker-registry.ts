import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
    const config = {
      version: '0.1',
      storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
      http: { addr: '127.0.0.1:0' },
      ...(auth && { auth }),
    };
    mkdirSync(join(folder, 'registry'), { recursive: true });
    const path = join(folder, 'registry.yml');
    writeFileSync(path, JSON.stringify(config));
    const child = spawn(findTool('docker-registry')!, ['serve', path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return new DockerRegistry(await listening(child), child);
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

/** The address that the registry says it listens on. Its log is read on, or it would block. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(log) ?? [];
      if (host) resolve(host);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`docker-registry ended with ${code}: ${log}`)));
  });
}
