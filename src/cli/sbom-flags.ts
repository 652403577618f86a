import type { CookRun } from '../library.ts';
import { refuseUseless } from './useless.ts';

/** Options of the commands that write bills of materials. */
export interface SbomFlags {
  readonly sbom?: readonly string[];
  readonly sbomFiles?: boolean;
  readonly force?: boolean;
}

/** @throws RB_ARGUMENT for options of a bill of materials where none is written */
export function sbomOptions(flags: SbomFlags): Pick<CookRun, 'sboms'> {
  const { sbom, sbomFiles = false, force = false } = flags;
  if (!sbom) {
    refuseUseless(flags, ['--sbom-files'], 'no bill of materials is written', 'name one by --sbom');
  }
  return sbom ? { sboms: sbom.map((path) => ({ path, files: sbomFiles, force })) } : {};
}
