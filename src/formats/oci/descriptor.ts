import { invalid, unsupported } from './errors.ts';
import { asObject, asString, asStringMap } from './json.ts';
import { type Platform, parsePlatformFields } from './platform.ts';

/** A pointer to a blob: image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations: Readonly<Record<string, string>>;
}

/** @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED for digests other than sha256 */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  const fields = asObject(value, what);
  const { size } = fields as { size?: unknown };
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(what, 'its size is no size');
  const platform = fields['platform'];
  return {
    mediaType: asString(fields['mediaType'], `${what}: mediaType`),
    sha256: parseDigest(fields['digest'], what),
    size: size as number,
    ...(platform !== undefined &&
      platform !== null && { platform: parsePlatformFields(asObject(platform, what), what) }),
    annotations: asStringMap(fields['annotations'], `${what}: annotations`),
  };
}

/** The hex digits of `sha256:…`. @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED for other digests */
export function parseDigest(value: unknown, what: string): string {
  const digest = asString(value, `${what}: digest`);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (sha256 !== undefined) return sha256;
  const algorithm = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):[A-Za-z0-9=_-]+$/.exec(digest)?.[1];
  if (algorithm !== undefined && algorithm !== 'sha256') {
    throw unsupported(what, `its digest is a ${algorithm}; only sha256 is read`);
  }
  throw invalid(what, `${JSON.stringify(digest.slice(0, 100))} is no digest`);
}
