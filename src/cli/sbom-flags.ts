import type { CookRun } from '../library.ts';

/** Options of the commands that write bills of materials. */
export interface SbomFlags {
  readonly sbom?: readonly string[];
  readonly sbomFiles?: boolean;
  readonly force?: boolean;
}

export function sbomOptions({ sbom, sbomFiles = false, force = false }: SbomFlags): Pick<CookRun, 'sboms'> {
  return sbom ? { sboms: sbom.map((path) => ({ path, files: sbomFiles, force })) } : {};
}
