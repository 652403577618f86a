/** What provokes each error from the command line, and the stage on which it does. */
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/errors.ts';
import { Loopback } from './loopback.ts';
import type { Product } from './product.ts';
import { ordinaryUser } from './users.ts';
import { type Running, Workplace } from './workplace.ts';

/** A command line that must fail. */
export interface Provocation {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Each must be found in the message. */
  readonly says: readonly (string | RegExp)[];
  readonly hint: string | RegExp;
  /** What stdout shows all the same; default: nothing. */
  readonly prints?: string;
  /** Line and column in the recipe that must be told. */
  readonly where?: { readonly line: number; readonly column: number };
  readonly meanwhile?: (running: Running) => unknown;
}

/** Sets the stage, and says what to run on it. */
export type Provoke = (stage: Stage) => Provocation | Promise<Provocation>;

/** One for every code: whoever adds a code is told by the compiler to say how it comes about. */
export type Provocations<C extends ErrorCode> = Readonly<Record<C, Provoke>>;

/** An ordinary user's folder, a server, and a cache beside the folder, which is looked at for leftovers. */
export class Stage {
  readonly product: Product;
  readonly work: Workplace;
  readonly server: Loopback;
  readonly cache: string;
  readonly #atEnd: (() => void)[] = [];

  private constructor(product: Product, server: Loopback) {
    this.product = product;
    this.work = new Workplace(ordinaryUser(), product);
    this.server = server;
    this.cache = mkdtempSync(join(tmpdir(), 'rb-errors-cache-'));
    chownSync(this.cache, this.work.user.uid, this.work.user.gid);
    this.work.mkdir('root');
    this.work.file('root/motd', 'hello\n');
  }

  static async set(product: Product): Promise<Stage> {
    return new Stage(product, await Loopback.start());
  }

  /** Writes a recipe and cooks it. */
  cook(cook: object, ...more: string[]): string[] {
    this.recipe({ cook });
    return ['cook', 'cake.json', '-o', 'out.tar', ...more];
  }

  recipe(parts: { readonly cook: object; readonly bake?: object; readonly machine?: object }): void {
    this.work.file('cake.json', JSON.stringify({ name: 'bad', ...parts }));
  }

  /** Serves files by their paths, and 404 for the rest. */
  serve(files: ReadonlyMap<string, Buffer>): void {
    this.server.answer = ({ url = '' }, response) => {
      const file = files.get(decodeURIComponent(url));
      response.writeHead(file ? 200 : 404).end(file);
    };
  }

  /** PATH with programs of the test in front. */
  programs(scripts: Readonly<Record<string, string>>): Record<string, string> {
    const bin = this.work.mkdir('bin');
    for (const [name, script] of Object.entries(scripts)) {
      this.work.file(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);
    }
    return { PATH: `${bin}:${process.env['PATH']}` };
  }

  /** Makes Node load a module first, which breaks what it must break. */
  preload(module: string): Record<string, string> {
    return { NODE_OPTIONS: `--import ${this.work.file('preload.mjs', module)}` };
  }

  atEnd(work: () => void): void {
    this.#atEnd.push(work);
  }

  async clear(): Promise<void> {
    for (const work of this.#atEnd) work();
    await this.server.stop();
    this.work.remove();
    rmSync(this.cache, { recursive: true, force: true });
  }
}
