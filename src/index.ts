/** rootless-bake as a library: cook root file systems, bake disk images of them, boot these. */
export type { BakeResult } from './bake/bake.ts';
export type { MkfsOptions, MkfsResult } from './bake/mkfs.ts';
export type {
  BakeOptions,
  BakeTarget,
  BootloaderOptions,
  BusyboxOptions,
  KernelOptions,
} from './bake/options.ts';
export type { Lock } from './build/lock-file.ts';
export type { BakedCake, BuildOptions, BuiltRoot, InputSummary, LockedCake } from './build/options.ts';
export type { PlanOptions } from './build/plan/plan.ts';
export type {
  PlannedAction,
  PlannedCake,
  PlannedFile,
  PlannedImage,
  PlannedInput,
  PlannedRoot,
  PlannedStep,
  PlannedTool,
  PlannedTotal,
} from './build/plan/planned.ts';
export type { BlockDifference } from './build/verify/regions.ts';
export type { Surroundings } from './build/verify/surroundings.ts';
export type {
  BakedCopy,
  BakeInSurroundings,
  Verification,
  VerifyOptions,
} from './build/verify/verify.ts';
export type { ShellOptions } from './cook/guest/shell.ts';
export type {
  MachineFile,
  MachineFileRules,
  MachineSetup,
  MachineUser,
  NetworkInterface,
  RootAccount,
  RunlevelService,
  ServiceChoices,
} from './cook/machine/options.ts';
export type {
  AlpineBase,
  BaseOptions,
  ConflictOptions,
  ContentOptions,
  ContentSource,
  CookedRoot,
  CookOptions,
  DebContent,
  DebianContent,
  ImageConfig,
  InstalledPackage,
  MissingLibrary,
  NixContent,
  OciBase,
  Owner,
  OwnerRule,
  TarBase,
  UnmetNeeds,
} from './cook/options.ts';
export type { CheckOutcome, CheckResult, CheckStatus } from './doctor/check.ts';
export type { DoctorReport } from './doctor/doctor.ts';
export type { ErrorExplanation } from './error-help/explain.ts';
export {
  ERROR_EXIT_CODES,
  type ErrorCode,
  type ErrorDetails,
  type ErrorPlace,
  type ExitCode,
  RootlessBakeError,
} from './errors.ts';
export type { Amount, Emit, Outcome, ProgressEvent, StepTime } from './events.ts';
export type { ImageOptions, ImageRoot } from './export/image/image-layout.ts';
export type { BlobOutcome } from './export/push/blob.ts';
export type { PushedBlob, PushedImage, PushOptions } from './export/push/push.ts';
export type { RootFormat } from './export/root-formats.ts';
export type { WriteRootOptions, WrittenRoot } from './export/write-root.ts';
export type { BlockRun } from './ext4/block-use.ts';
export type { FileSystemChoices } from './ext4/format-options.ts';
export type { BlockUse } from './ext4/group-layout.ts';
export { type ReadTreeOptions, readTree } from './ext4/read.ts';
export type { Headroom } from './ext4/space.ts';
export type { Compression, OutputCompression } from './formats/compression/index.ts';
export type { Platform } from './formats/oci/index.ts';
export {
  type ReadTarOptions,
  readTar,
  type TarHeader,
  type TarLimits,
  treeDigest,
  type WriteTarOptions,
  writeTar,
} from './formats/tar/index.ts';
export type { PaxRecords } from './formats/tar/pax.ts';
export type { Host } from './host.ts';
export type { BootConfig, BootEntry, BootFile, BootLoader, BootRoot } from './inspect/boot/facts.ts';
export type { InitrdFacts, KernelFacts } from './inspect/boot/loaded.ts';
export type { Aspect, Difference, DiffOptions } from './inspect/diff.ts';
export type { Partition, PartitionTable } from './inspect/disk.ts';
export type { EntryFacts } from './inspect/entry-facts.ts';
export type { Extracted, ExtractOptions } from './inspect/extract.ts';
export type { ImageKind, OpenedFileSystem, OpenedImage, OpenImageOptions } from './inspect/image.ts';
export type { FileSystemReport, ImageReport } from './inspect/report.ts';
export type { RootFacts } from './inspect/root-facts.ts';
export type { BootCode, FileSystemKind } from './inspect/signatures.ts';
export {
  type BakeRun,
  bake,
  boot,
  bootMachine,
  type CookRun,
  cook,
  explainError,
  type LockRun,
  lock,
  mkfs,
  openShell,
  type PlanRun,
  plan,
  push,
  sbom,
  writeRoot,
} from './library.ts';
export { diffTrees, extractPaths, inspectImage, openImage, report, verify, writeReport } from './look.ts';
export { nodeHost } from './node-host.ts';
export type { Cake } from './recipe/cake.ts';
export { type LoadOptions, loadCake } from './recipe/load.ts';
export {
  type BakeRecipe,
  type CakeRecipe,
  type CookRecipe,
  defineCake,
  type FileSystemRecipe,
  type Size,
} from './recipe/types.ts';
export type { BootStep } from './report/boot-chain.ts';
export type { DiskMap, Segment, SegmentKind } from './report/disk-map.ts';
export type { PackageShare } from './report/packages.ts';
export type {
  FileSystemMap,
  ReportData,
  ReportDataOptions,
  ReportOrigins,
  RootData,
} from './report/report-data.ts';
export type { LargeFile, Share } from './report/shares.ts';
export type { TreeNode } from './report/tree-map.ts';
export type { Report, ReportFileOptions, WrittenReport } from './report/write-report.ts';
export type { Bind } from './sandbox/guest.ts';
export type { Component, License, Maintainer, OtherLicense, PackageSource } from './sbom/component.ts';
export type { Distribution } from './sbom/distribution.ts';
export type { SbomFormat, SbomOptions, SbomRoot } from './sbom/sbom.ts';
export type { SbomFile } from './sbom/write-sbom.ts';
export { doctor, init } from './setup.ts';
export type { ApkSource } from './sources/alpine/index.ts';
export type { NixSystem } from './sources/nix/machine.ts';
export type { Pin, PinnedFile } from './sources/pins.ts';
export type { InitOptions, InitResult } from './templates/init.ts';
export type { TemplateName } from './templates/templates.ts';
export {
  bytesContent,
  type Content,
  type ContentPlace,
  type ContentReader,
  type ContentSink,
  type DataRange,
  memorySink,
  readContent,
  textContent,
} from './tree/content.ts';
export type { DirectorySize } from './tree/directory-sizes.ts';
export * from './tree/entry.ts';
export { type LayerOptions, layer, type Placement, type Settlement } from './tree/layer.ts';
export { linkCounts, type Place, Tree, type TreeItem } from './tree/tree.ts';
export type { BigStats, ReadableVolume, WritableVolume } from './tree/volume.ts';
export type { Machine, MachineExit } from './vm/machine.ts';
export type {
  Accelerator,
  BootOptions,
  BootResult,
  Display,
  MachineOptions,
  PortForward,
} from './vm/options.ts';
export type { ConsoleMatch, SerialConsole } from './vm/serial-console.ts';
