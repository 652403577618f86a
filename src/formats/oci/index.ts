export { CONFIG_LIMIT, type ImageConfig, parseImageConfig } from './config.ts';
export type { Descriptor } from './descriptor.ts';
export { type DockerArchiveImage, parseDockerArchive } from './docker-archive.ts';
export {
  CONFIG_TYPE,
  type ConfigFields,
  type DescriptorFields,
  encodeConfig,
  encodeLayoutFile,
  encodeLayoutIndex,
  encodeManifest,
  encodeTime,
  LAYER_TYPE,
  MANIFEST_TYPE,
} from './encode.ts';
export { invalid, unsupported } from './errors.ts';
export { applyLayer } from './layer.ts';
export {
  blobPath,
  checkLayout,
  LAYOUT_FILE,
  LAYOUT_INDEX,
  namedManifests,
  parseLayoutIndex,
} from './layout.ts';
export {
  type ImageManifest,
  isManifestType,
  MANIFEST_ACCEPT,
  MANIFEST_LIMIT,
  type Manifest,
  parseManifest,
} from './manifest.ts';
export {
  choosePlatform,
  DEFAULT_PLATFORM,
  formatPlatform,
  isPlatform,
  type Platform,
  parsePlatform,
} from './platform.ts';
export { type ImageReference, parseReference, pinnedReference } from './reference.ts';
export { parseReferences, type References } from './references.ts';
