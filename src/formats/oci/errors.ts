import { RootlessBakeError } from '../../errors.ts';

/** @param what names the document or the image */
export function invalid(what: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_OCI_INVALID', `${what}: ${why}`, {
    hint: 'it was changed or damaged, or is no image: fetch it from another place',
  });
}

/** @param what names the document or the image */
export function unsupported(what: string, why: string, hint?: string): RootlessBakeError {
  return new RootlessBakeError('RB_OCI_UNSUPPORTED', `${what}: ${why}`, {
    hint: hint ?? 'images are read as docker, podman and buildah push them: OCI 1.x, and schema 2 of Docker',
  });
}
