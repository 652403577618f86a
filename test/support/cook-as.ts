import { copyFileSync, createReadStream, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CookOptions } from '../../src/cook/options.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { readTar } from '../../src/formats/tar/index.ts';
import { memorySink } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import type { Product } from './product.ts';
import { folderOf, type RunOptions, runAs, startAs, type User } from './users.ts';

export interface CookOutcome {
  readonly sha256?: string;
  readonly epoch?: number;
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
  readonly scratch?: string;
  readonly error?: { readonly code?: string; readonly message: string; readonly hint?: string };
  readonly events: readonly ProgressEvent[];
}

/** A user's folder to cook in: request, runner, scratch roots, cache. Remove it with `remove`. */
export class Kitchen {
  readonly user: User;
  readonly folder: string;
  readonly temporary: string;
  readonly #product: Product;

  constructor(user: User, product: Product) {
    this.user = user;
    this.#product = product;
    this.folder = folderOf(user);
    this.temporary = join(this.folder, 'tmp');
    copyFileSync(join(import.meta.dirname, 'cook-runner.mjs'), join(this.folder, 'runner.mjs'));
  }

  /** The command that cooks, for `runAs` and `startAs`. */
  command(options: CookOptions): string[] {
    const host = { temporaryDirectory: this.temporary, cacheDirectory: join(this.folder, 'cache') };
    const dist = join(this.#product.root, 'dist');
    const request = join(this.folder, 'request.json');
    writeFileSync(request, JSON.stringify({ dist, options, host, tar: join(this.folder, 'out.tar') }));
    return [process.execPath, join(this.folder, 'runner.mjs'), request];
  }

  cook(options: CookOptions, run: RunOptions = {}): CookOutcome {
    const { stdout, stderr } = runAs(this.user, this.command(options), run);
    if (stdout === '') throw new Error(`the runner failed:\n${stderr}`);
    return JSON.parse(stdout) as CookOutcome;
  }

  /** As {@link cook}, while this process serves what the cook asks for. */
  async cookAsync(options: CookOptions): Promise<CookOutcome> {
    const child = startAs(this.user, this.command(options));
    const chunks: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr!.resume();
    await new Promise((resolve) => child.once('close', resolve));
    return JSON.parse(Buffer.concat(chunks).toString()) as CookOutcome;
  }

  /** The tree of the last cook. */
  tree(): Promise<Tree> {
    return readTar(createReadStream(join(this.folder, 'out.tar')), memorySink, { origin: 'cooked' });
  }

  /** What lies in the folder for temporary files: nothing, after any cook. */
  leftovers(): string[] {
    return readdirSync(this.temporary);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
