/** ext2fs-wasm: make, fill, read and check ext2, ext3 and ext4 file systems. */
export type { Attributes } from './attributes.ts';
export { type CheckOptions, type CheckResult, check } from './check.ts';
export type { DataRange } from './data-ranges.ts';
export { type BlockDevice, memoryDevice } from './device.ts';
export { Ext2fsError } from './errors.ts';
export { featureNames } from './features.ts';
export { type FileDeviceOptions, fileDevice, type PositionedFs } from './file-device.ts';
export { type FormatOptions, format } from './format.ts';
export { preload, useWasm, type WasmModule, type WasmSource } from './load.ts';
export { openReader, type Reader } from './reader.ts';
export type {
  ByteRange,
  DirectoryItem,
  InodeStat,
  InodeType,
  MappedExtent,
  SuperblockInfo,
  WalkItem,
} from './reader-types.ts';
export type { WalkOptions } from './reader-walk.ts';
export { type FileOptions, openWriter, type Writer } from './writer.ts';
export type { Extent } from './writer-instance.ts';
