/** The documents of an image, as bytes: image-spec, config.md, manifest.md, image-layout.md. */
import type { ImageConfig } from './config.ts';
import { REF_NAME } from './layout.ts';
import type { Platform } from './platform.ts';

/** What a descriptor is made of; `platform` and `annotations` as they are told. */
export interface DescriptorFields {
  readonly mediaType: string;
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ConfigFields extends ImageConfig {
  /** Seconds since 1970. */
  readonly created: number;
  /** What made the layers, one line for each. */
  readonly history: readonly string[];
}

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
/** A layer that is not compressed; `+gzip` and `+zstd` are. */
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** An image's config. What is empty is left out. */
export function encodeConfig(fields: ConfigFields): Uint8Array {
  const { platform, diffIds, history, env, user, entrypoint, cmd, workingDir } = fields;
  const { labels, exposedPorts, volumes, stopSignal } = fields;
  const created = encodeTime(fields.created);
  return encode({
    created,
    ...platformFields(platform),
    config: {
      ...(user !== '' && { User: user }),
      ...(exposedPorts.length > 0 && { ExposedPorts: setOf(exposedPorts) }),
      ...(env.length > 0 && { Env: env }),
      ...(entrypoint.length > 0 && { Entrypoint: entrypoint }),
      ...(cmd.length > 0 && { Cmd: cmd }),
      ...(volumes.length > 0 && { Volumes: setOf(volumes) }),
      ...(workingDir !== '' && { WorkingDir: workingDir }),
      ...(Object.keys(labels).length > 0 && { Labels: sorted(labels) }),
      ...(stopSignal !== '' && { StopSignal: stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: diffIds.map((sha256) => `sha256:${sha256}`) },
    history: history.map((line) => ({ created, created_by: line })),
  });
}

/** @param layers the lowest first */
export function encodeManifest(
  config: DescriptorFields,
  layers: readonly DescriptorFields[],
  annotations: Readonly<Record<string, string>> = {},
): Uint8Array {
  return encode({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: encodeDescriptor(config),
    layers: layers.map(encodeDescriptor),
    ...(Object.keys(annotations).length > 0 && { annotations: sorted(annotations) }),
  });
}

/** The index.json of a layout of one image. @param name by which it is found */
export function encodeLayoutIndex(manifest: DescriptorFields, name?: string): Uint8Array {
  const annotations = { ...manifest.annotations, ...(name !== undefined && { [REF_NAME]: name }) };
  const manifests = [encodeDescriptor({ ...manifest, annotations })];
  return encode({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests });
}

/** The file that marks a layout. */
export function encodeLayoutFile(): Uint8Array {
  return encode({ imageLayoutVersion: '1.0.0' });
}

/** RFC 3339, of seconds since 1970. */
export function encodeTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function encodeDescriptor({ mediaType, sha256, size, platform, annotations = {} }: DescriptorFields): object {
  return {
    mediaType,
    digest: `sha256:${sha256}`,
    size,
    ...(platform && { platform: platformFields(platform) }),
    ...(Object.keys(annotations).length > 0 && { annotations: sorted(annotations) }),
  };
}

function platformFields({ os, architecture, variant }: Platform): object {
  return { architecture, os, ...(variant !== undefined && { variant }) };
}

function setOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries([...names].sort().map((name) => [name, {}]));
}

/** Objects keep the order in which their fields came; equal ones shall be equal bytes. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function encode(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
