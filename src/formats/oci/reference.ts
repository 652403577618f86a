/**
 * References to images, as Docker writes them: github.com/distribution/reference, reference.go and
 * normalize.go.
 */
import { RootlessBakeError } from '../../errors.ts';

/** An image in a registry. */
export interface ImageReference {
  /** Host, with its port unless it is the usual one. */
  readonly registry: string;
  /** Plain http in the place of https. */
  readonly isPlain: boolean;
  /** Path in the registry, such as `library/debian`. */
  readonly repository: string;
  /** `latest` when there is neither tag nor digest. */
  readonly tag?: string;
  /** In hex. It wins over the tag. */
  readonly sha256?: string;
}

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;

/** The most characters that a repository may have. */
const MAXIMUM_NAME = 255;

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_REGISTRY = 'registry-1.docker.io';

/**
 * Reads `[http://|https://][registry/]repository[:tag][@sha256:digest]`. What has no registry is of Docker Hub,
 * where a name without a slash stands below `library/`. Loopback is spoken to by http unless `https://` is
 * said.
 *
 * @throws RB_ARGUMENT
 */
export function parseReference(text: string): ImageReference {
  const scheme = /^https?:\/\//.exec(text)?.[0];
  const bare = text.slice(scheme?.length ?? 0);
  const [named = '', digest, ...more] = bare.split('@');
  if (more.length > 0) throw malformed(text, 'it has two @');
  const sha256 = digest === undefined ? undefined : /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (digest !== undefined && sha256 === undefined) {
    throw malformed(text, 'its digest is not sha256: and 64 hex digits in lower case');
  }
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw malformed(text, `${JSON.stringify(tag)} is no tag`);
  const { registry, repository } = splitName(hasTag ? named.slice(0, colon) : named, scheme !== undefined);
  if (!REGISTRY.test(registry)) throw malformed(text, `${JSON.stringify(registry)} is no host`);
  if (repository.length > MAXIMUM_NAME || !repository.split('/').every((part) => NAME.test(part))) {
    throw malformed(text, `${JSON.stringify(repository)} is no repository`);
  }
  return {
    registry,
    isPlain: scheme ? scheme === 'http://' : isLoopback(registry),
    repository,
    ...(tag !== undefined && { tag }),
    ...(sha256 !== undefined && { sha256 }),
    ...(tag === undefined && sha256 === undefined && { tag: 'latest' }),
  };
}

/** The reference, as it is written, with a digest. */
export function pinnedReference(text: string, sha256: string): string {
  return `${text.split('@')[0]}@sha256:${sha256}`;
}

/** The first name is a registry when it has a dot, a colon or a capital letter, or is `localhost`. */
function splitName(name: string, hasScheme: boolean): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = first !== '' && (hasScheme || first === 'localhost' || /[.:A-Z]/.test(first));
  const registry = isRegistry ? first : DOCKER_HUB;
  const rest = isRegistry ? name.slice(slash + 1) : name;
  if (![DOCKER_HUB, `index.${DOCKER_HUB}`, DOCKER_HUB_REGISTRY].includes(registry)) {
    return { registry, repository: rest };
  }
  return { registry: DOCKER_HUB_REGISTRY, repository: rest.includes('/') ? rest : `library/${rest}` };
}

function isLoopback(registry: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(registry);
}

function malformed(text: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no reference to an image: ${why}`, {
    hint: 'write it as Docker does: docker.io/library/debian:12@sha256:…; a path begins with ./ or /',
  });
}
