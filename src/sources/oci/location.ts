import { RootlessBakeError } from '../../errors.ts';

/** A layout's folder or an archive on this machine, and which of its images is meant. */
export interface ImageLocation {
  readonly path: string;
  readonly name?: string;
  /** Of the manifest or index; of the config in archives of `docker save`. In hex. */
  readonly sha256?: string;
}

/**
 * Reads `path[:name][@sha256:digest]`. A path begins with `./`, `../` or `/`, or is one of a tar; anything else
 * is a reference to a registry, and gives undefined.
 *
 * @throws RB_ARGUMENT for a path with a digest that is none
 */
export function parseImageLocation(text: string): ImageLocation | undefined {
  const [, path = '', name, digest] = /^(.*?)(?::([^/:@]+))?(?:@([^/@]*))?$/s.exec(text) ?? [];
  const isPath =
    /^\.{0,2}\/|^\.{1,2}$/.test(path) || (/\.(?:tar(?:\.\w+)?|tgz)$/.test(path) && !/^\w+:\/\//.test(path));
  if (!isPath) return undefined;
  const sha256 = digest === undefined ? undefined : /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (digest !== undefined && sha256 === undefined) {
    throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(digest)} is no digest of an image`, {
      hint: 'write it as sha256: and 64 hex digits in lower case',
    });
  }
  return { path, ...(name !== undefined && { name }), ...(sha256 !== undefined && { sha256 }) };
}

/** The inverse of {@link parseImageLocation}. */
export function formatImageLocation({ path, name, sha256 }: ImageLocation): string {
  return `${path}${name === undefined ? '' : `:${name}`}${sha256 === undefined ? '' : `@sha256:${sha256}`}`;
}
