import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { kill } from 'node:process';
import ts from 'typescript';
import type { Product } from './product.ts';
import { folderOf, startAs, type User } from './users.ts';

export interface Printed {
  readonly status: number | null;
  /** Both streams, as a terminal shows them. */
  readonly output: string;
}

/** An ordinary user's folder in which the commands of a document are run, as they are written. */
export class Sandbox {
  readonly folder: string;
  readonly #user: User;
  readonly #env: Readonly<Record<string, string>>;
  #scripts = 0;
  #running: number | undefined;

  /**
   * `rootless-bake` is installed in the folder, and on the PATH.
   * @param env such as what leads to servers of a test
   */
  constructor(user: User, { root, cli }: Product, env: Readonly<Record<string, string>>) {
    this.#user = user;
    this.folder = folderOf(user);
    const command = join(this.folder, 'node_modules/.bin/rootless-bake');
    this.write('node_modules/.bin/rootless-bake', `#!/bin/sh\nexec node ${cli} "$@"\n`);
    chmodSync(command, 0o755);
    symlinkSync(root, join(this.folder, 'node_modules/rootless-bake'));
    const home = join(this.folder, '.home');
    mkdirSync(home);
    chownSync(home, user.uid, user.gid);
    const path = `${dirname(command)}:${process.env['PATH']}`;
    this.#env = { ...env, HOME: home, PATH: path, npm_config_update_notifier: 'false' };
  }

  /** Writes a file that belongs to the user. */
  write(name: string, content: string | Uint8Array): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    this.#hand(name);
  }

  /** Copies a file or a folder, which belongs to the user then. */
  copy(source: string, name: string): void {
    cpSync(source, join(this.folder, name), { recursive: true });
    this.#hand(name);
    for (const below of isFolder(source) ? readdirSync(source, { recursive: true, encoding: 'utf8' }) : []) {
      chownSync(join(this.folder, name, below), this.#user.uid, this.#user.gid);
    }
  }

  /**
   * Runs lines of shell to their end.
   * @param until ends what would run on, once it has printed this: that counts as success
   */
  run(script: string, until?: RegExp): Promise<Printed> {
    // One stream, or their order would be lost.
    return this.#start(['sh', '-ec', `exec 2>&1\n${script}`], until);
  }

  /** Compiles TypeScript and runs it as a module. */
  runTypeScript(source: string): Promise<Printed> {
    this.#scripts += 1;
    const name = `script-${this.#scripts}.mjs`;
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        verbatimModuleSyntax: true,
      },
    });
    this.write(name, outputText);
    return this.#start(['node', name]);
  }

  remove(): void {
    this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Folder by folder, from the sandbox's own down to the thing itself. */
  #hand(name: string): void {
    const parts = name.split('/');
    for (let count = 1; count <= parts.length; count += 1) {
      chownSync(join(this.folder, ...parts.slice(0, count)), this.#user.uid, this.#user.gid);
    }
  }

  async #start(command: readonly string[], until?: RegExp): Promise<Printed> {
    const child = startAs(this.#user, command, { cwd: this.folder, env: this.#env });
    this.#running = child.pid;
    let [output, isDone] = ['', false];
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (isDone || !until?.test(output)) return;
        isDone = true;
        this.#end();
      });
    }
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    this.#running = undefined;
    return { status: isDone ? 0 : status, output };
  }

  /** Every process has the group of its command. */
  #end(): void {
    if (this.#running !== undefined) kill(-this.#running, 'SIGKILL');
  }
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}
