import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from './oracle.ts';

const COMPRESSIONS = ['xz', 'zstd', 'none'] as const;

/** A Nix store and binary caches of it, made by Nix. */
export interface NixStore {
  /** `/nix/store/HASH-tool-1.0`, which refers to the others. */
  readonly tool: string;
  /** A directory with a static busybox as bin/sh. */
  readonly busybox: string;
  /** A store path that is a file. */
  readonly text: string;
  /** Where a store path lies on the disk. */
  readonly place: (path: string) => string;
  /** `NAME:BASE64` */
  readonly publicKey: string;
  /** Folders, by compression. */
  readonly caches: Readonly<Record<(typeof COMPRESSIONS)[number], string>>;
  /** The archive of a path, by nix-store --dump. */
  readonly dump: (path: string) => Buffer;
}

/** Builds in Nix's own sandbox, from nothing but a static busybox: without channel, daemon and network. */
export function makeNixStore(folder: string): NixStore {
  const root = join(folder, 'root');
  const store = `local?root=${root}`;
  const config = join(folder, 'conf');
  mkdirSync(config, { recursive: true });
  mkdirSync(root);
  writeFileSync(
    join(config, 'nix.conf'),
    'build-users-group =\nexperimental-features = nix-command\nsubstitute = false\nsubstituters =\n',
  );
  const env = { ...process.env, HOME: folder, NIX_CONF_DIR: config, NIX_STORE_DIR: '/nix/store' };
  const nix = (command: string, args: readonly string[], input = ''): Buffer => {
    const run = spawnSync(findTool(command) ?? command, args, { env, input, maxBuffer: 1 << 28 });
    if (run.status === 0) return run.stdout;
    throw new Error(`${command} ${args.join(' ')}: exit ${run.status}\n${run.stderr}`);
  };
  const text = (command: string, args: readonly string[], input?: string) =>
    nix(command, args, input).toString().trim();

  mkdirSync(join(folder, 'busybox', 'bin'), { recursive: true });
  cpSync(findTool('busybox')!, join(folder, 'busybox', 'bin', 'busybox'), { dereference: true });
  symlinkSync('busybox', join(folder, 'busybox', 'bin', 'sh'));
  writeFileSync(join(folder, 'notes.txt'), 'notes\n');
  const [busybox, notes] = ['busybox', 'notes.txt'].map((name) =>
    text('nix-store', ['--store', store, '--add', join(folder, name)]),
  );
  writeFileSync(join(folder, 'tool.nix'), toolDerivation(busybox!, notes!));
  const derivation = text('nix-instantiate', ['--store', store, join(folder, 'tool.nix')]);
  const tool = text('nix-store', ['--store', store, '--realise', derivation]);

  const secret = join(folder, 'secret');
  writeFileSync(secret, nix('nix', ['key', 'generate-secret', '--key-name', 'oracle-1']));
  const publicKey = text('nix', ['key', 'convert-secret-to-public'], text('cat', [secret]));
  const caches = Object.fromEntries(
    COMPRESSIONS.map((compression) => {
      const cache = join(folder, `cache-${compression}`);
      const to = `file://${cache}?compression=${compression}&secret-key=${secret}`;
      nix('nix', ['copy', '--from', store, '--to', to, tool]);
      return [compression, cache];
    }),
  ) as NixStore['caches'];
  return {
    tool,
    busybox: busybox!,
    text: notes!,
    place: (path) => join(root, path),
    publicKey,
    caches,
    dump: (path) => nix('nix-store', ['--dump', join(root, path)]),
  };
}

/** A program, and one of everything that a store path can hold. */
function toolDerivation(busybox: string, notes: string): string {
  return `
let busybox = builtins.storePath "${busybox}"; in
derivation {
  name = "tool-1.0";
  system = builtins.currentSystem;
  builder = "\${busybox}/bin/sh";
  PATH = "\${busybox}/bin";
  notes = builtins.storePath "${notes}";
  args = [ "-ec" ''
    busybox mkdir -p $out/bin $out/empty $out/share/Deep/deep
    echo "#!\${busybox}/bin/sh" > $out/bin/tool
    echo 'echo "the tool runs: $(/nix/store/*-busybox/bin/busybox cat "$1")"' >> $out/bin/tool
    busybox chmod 755 $out/bin/tool
    busybox ln -s $notes $out/share/notes
    busybox ln -s ../bin/tool $out/share/tool
    busybox ln -s /nowhere $out/share/dangling
    : > $out/share/nothing
    printf eightby8 > $out/share/eight
    printf x > "$out/share/$(printf 'caf\\303\\251 \\377')"
    printf x > "$out/share/-"
    busybox dd if=\${busybox}/bin/busybox of=$out/share/Deep/part bs=1000 count=100
    busybox chmod 600 $out/share/eight
  '' ];
}
`;
}
