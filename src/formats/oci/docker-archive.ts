import { invalid } from './errors.ts';
import { asArray, asObject, asString, asStrings, parseJson } from './json.ts';

/** One image of an archive of `docker save`: an item of its manifest.json. */
export interface DockerArchiveImage {
  /** Path of the config in the archive. */
  readonly config: string;
  readonly repoTags: readonly string[];
  /** Paths of the layers' tars in the archive, the lowest first. */
  readonly layers: readonly string[];
}

const MAXIMUM_IMAGES = 1024;

/**
 * Reads manifest.json of an archive of `docker save` (Docker's image specification, v1.2).
 *
 * @throws RB_OCI_INVALID
 */
export function parseDockerArchive(bytes: Uint8Array, what: string): readonly DockerArchiveImage[] {
  return asArray(parseJson(bytes, what), what, MAXIMUM_IMAGES).map((item, index) => {
    const at = `${what}: image ${index + 1}`;
    const fields = asObject(item, at);
    const config = asString(fields['Config'], `${at}: Config`);
    if (config === '') throw invalid(at, 'it has no Config');
    return {
      config,
      repoTags: asStrings(fields['RepoTags'], `${at}: RepoTags`, MAXIMUM_IMAGES),
      layers: asStrings(fields['Layers'], `${at}: Layers`, MAXIMUM_IMAGES),
    };
  });
}
