import { isSystemError, RootlessBakeError } from '../../errors.ts';
import { type Host, throwIfAborted } from '../../host.ts';

/** Where an apt command finds its package lists and keeps its index of them. */
export interface AptState {
  /** `Dir::State::lists`. */
  readonly lists: string;
  /** `Dir::Cache`, private: its two index files are rebuilt when the lists change. */
  readonly cache: string;
}

export interface AptResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `apt-get` or `apt-cache` as the calling user, with the machine's sources, keys, proxies and mirrors,
 * and a state of our own where it would write.
 *
 * @throws RB_APT_MISSING when the machine has no apt
 */
export async function runApt(
  command: 'apt-get' | 'apt-cache',
  args: readonly string[],
  state: AptState,
  host: Pick<Host, 'env' | 'signal'>,
  cwd: string,
): Promise<AptResult> {
  throwIfAborted(host.signal);
  const options = {
    'Dir::State::lists': state.lists,
    'Dir::Cache': state.cache,
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
    // As root, apt would hand the download to a user who cannot write into our folder.
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Retries': '2',
  };
  const { x } = await import('tinyexec');
  const settings = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  try {
    const { exitCode, stdout, stderr } = await x(command, [...settings, ...args], {
      nodePath: false,
      nodeOptions: {
        cwd,
        env: { ...host.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
        // tinyexec's own option of that name leaves a listener on the signal for each program.
        signal: host.signal,
      },
    });
    throwIfAborted(host.signal);
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } catch (error) {
    throwIfAborted(host.signal);
    if (isSystemError(error, 'ENOENT')) throw aptMissing(command);
    throw error;
  }
}

/** The error for a command that did not do its work, with its last lines. */
export function aptFailed(doing: string, { exitCode, stdout, stderr }: AptResult): RootlessBakeError {
  const output = `${stdout}\n${stderr}`.replaceAll(/\/\/[^/@\s]+@/g, '//***@');
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return new RootlessBakeError(
    'RB_APT_FAILED',
    [`${doing} failed with exit code ${exitCode}:`, ...lines.slice(-8)].join('\n  '),
    { hint: 'check the network and the apt sources of this machine, or name a .deb file by its path' },
  );
}

function aptMissing(command: string): RootlessBakeError {
  return new RootlessBakeError(
    'RB_APT_MISSING',
    `this machine has no ${command} to fetch Debian packages with`,
    {
      hint: 'name a .deb file by its path instead of a package',
    },
  );
}
