import { RootlessBakeError } from '../../errors.ts';
import { type ControlFields, dependencyNames, parseControl } from '../../formats/deb/index.ts';
import type { Host } from '../../host.ts';
import { type AptState, aptFailed, runApt } from './run.ts';

/** The version of a package that apt would install. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** sha256 of the `.deb`, in hex. */
  readonly sha256: string;
}

/** Metapackages lead to metapackages at most this often. */
const MAXIMUM_STEPS = 4;

/** What a Debian package may be asked for by: a name, and maybe `:architecture` and `=version`. */
const SPECIFICATION = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?$/;

/**
 * Asks apt, without network, for a package's candidate. A kernel metapackage (`linux-image-amd64`) leads to
 * the package with the kernel.
 *
 * @returns undefined when these lists do not know the package
 * @throws RB_ARGUMENT when the name is none
 */
export async function findCandidate(
  name: string,
  state: AptState,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<Candidate | undefined> {
  if (!SPECIFICATION.test(name)) {
    throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(name)} is no name of a Debian package`, {
      hint: 'A path to a package ends in .deb.',
    });
  }
  let wanted = name;
  for (let step = 0; step < MAXIMUM_STEPS; step += 1) {
    const fields = await show(wanted, state, host);
    if (!fields) return undefined;
    const real = kernelBehind(fields);
    if (real === undefined) return toCandidate(fields);
    wanted = real;
  }
  throw new RootlessBakeError('RB_APT_FAILED', `${name} leads from metapackage to metapackage without end`);
}

async function show(
  name: string,
  state: AptState,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<ControlFields | undefined> {
  const result = await runApt('apt-cache', ['show', '--no-all-versions', name], state, host, state.cache);
  const unknown = /No packages found|Unable to locate package|was not found/.test(result.stderr);
  if (result.exitCode !== 0 && !unknown) throw aptFailed(`apt-cache show ${name}`, result);
  return parseControl(result.stdout)[0];
}

/** The kernel package that a kernel metapackage depends on. */
function kernelBehind(fields: ControlFields): string | undefined {
  if (!fields.get('Package')?.startsWith('linux-image-')) return undefined;
  return dependencyNames(fields.get('Depends') ?? '').find((name) =>
    /^linux-image-(unsigned-)?\d/.test(name),
  );
}

function toCandidate(fields: ControlFields): Candidate | undefined {
  const [name, version, architecture, sha256] = ['Package', 'Version', 'Architecture', 'SHA256'].map(
    (field) => fields.get(field),
  );
  // A package that is installed but in no list has no digest, and cannot be downloaded either.
  if (!name || !version || !architecture || !sha256) return undefined;
  return { name, version, architecture, sha256 };
}
