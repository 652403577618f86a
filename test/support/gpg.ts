import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GpgOptions {
  /** The time that gpg believes it is, such as `20240101T000000`. */
  readonly at?: string;
  /** More options. */
  readonly options?: readonly string[];
  readonly input?: string | Uint8Array;
}

/** A folder of throw-away keys. Its path is short: gpg's agent has its socket in it. */
export class GpgHome {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'rb-gpg-'));

  /** Makes a key and gives its fingerprint. */
  makeKey(
    name: string,
    algorithm = 'ed25519',
    expires = 'never',
    { at, options = [] }: GpgOptions = {},
  ): string {
    this.run(['--passphrase', '', ...options, '--quick-gen-key', name, algorithm, 'sign', expires], {
      ...(at && { at }),
    });
    const listing = this.run(['--list-keys', '--with-colons', name]).toString();
    return /^fpr:+([0-9A-F]{40}):/m.exec(listing)![1]!;
  }

  /** A cleartext signature by one key or several. */
  clearsign(
    text: string | Uint8Array,
    keys: readonly string[],
    { at, options = [] }: GpgOptions = {},
  ): Buffer {
    const users = keys.flatMap((key) => ['-u', key]);
    return this.run([...users, ...options, '--clearsign'], { input: text, ...(at && { at }) });
  }

  export(keys: readonly string[] = [], options: readonly string[] = []): Buffer {
    return this.run([...options, '--export', ...keys]);
  }

  /** Runs gpg without questions; throws with what it says when it fails. */
  run(args: readonly string[], { at, input = '' }: GpgOptions = {}): Buffer {
    const time = at ? ['--faked-system-time', `${at}!`] : [];
    const all = [
      '--homedir',
      this.folder,
      '--batch',
      '--yes',
      '--quiet',
      '--pinentry-mode',
      'loopback',
      ...time,
      ...args,
    ];
    const result = spawnSync('gpg', all, { input, maxBuffer: 1 << 28 });
    if (result.status === 0) return result.stdout;
    throw new Error(`gpg ${args.join(' ')}: exit ${result.status}\n${result.stderr}`);
  }

  /** Ends the agent of these keys, and removes them. */
  remove(): void {
    spawnSync('gpgconf', ['--homedir', this.folder, '--kill', 'all']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
