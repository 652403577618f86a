import { parseDigest } from './descriptor.ts';
import { asArray, asObject, asString, asStringMap, asStrings, parseJson } from './json.ts';
import { type Platform, parsePlatformFields } from './platform.ts';

/** What an image says of itself: image-spec, config.md. What it does not say is empty. */
export interface ImageConfig {
  readonly platform: Platform;
  /** sha256 of each layer's tar, not compressed, in hex; the lowest first. */
  readonly diffIds: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  /** `user`, `uid`, with `:group` or `:gid`. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `port` or `port/protocol`. */
  readonly exposedPorts: readonly string[];
  /** Paths. */
  readonly volumes: readonly string[];
  /** `SIGTERM`, `SIGRTMIN+3` or a number. */
  readonly stopSignal: string;
}

/** In bytes. */
export const CONFIG_LIMIT: number = 8 << 20;

const MAXIMUM_ITEMS = 65_536;

/**
 * Reads the config of an image, whose digest the caller has checked.
 *
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED
 */
export function parseImageConfig(bytes: Uint8Array, what: string): ImageConfig {
  const fields = asObject(parseJson(bytes, what), what);
  const rootfs = asObject(fields['rootfs'], `${what}: rootfs`);
  const config = asObject(fields['config'] ?? {}, `${what}: config`);
  const strings = (key: string) => asStrings(config[key], `${what}: ${key}`, MAXIMUM_ITEMS);
  return {
    platform: parsePlatformFields(fields, what),
    diffIds: asArray(rootfs['diff_ids'], `${what}: diff_ids`, MAXIMUM_ITEMS).map((item, index) =>
      parseDigest(item, `${what}: diff_id ${index + 1}`),
    ),
    env: strings('Env'),
    user: asString(config['User'], `${what}: User`),
    entrypoint: strings('Entrypoint'),
    cmd: strings('Cmd'),
    workingDir: asString(config['WorkingDir'], `${what}: WorkingDir`),
    labels: asStringMap(config['Labels'], `${what}: Labels`),
    exposedPorts: keysOf(config['ExposedPorts'], `${what}: ExposedPorts`),
    volumes: keysOf(config['Volumes'], `${what}: Volumes`),
    stopSignal: asString(config['StopSignal'], `${what}: StopSignal`),
  };
}

/** What Go writes of a set: an object whose values are empty. What is absent is empty. */
function keysOf(value: unknown, what: string): readonly string[] {
  return Object.keys(asObject(value ?? {}, what)).slice(0, MAXIMUM_ITEMS);
}
