/** What a script may ask of the disks that its GRUB sees. Devices are named as GRUB does, without parentheses. */
export interface GrubMachine {
  /** Of the GRUB that runs the script; absent when it is not known. */
  readonly platform?: 'pc' | 'efi';
  /** That has the script: `hd0,gpt1`. */
  readonly device: string;
  /** Folder of the script on it: `/boot/grub`. */
  readonly folder: string;
  /** One name for a device however it is written: `hd0,1` and `hd0,msdos1`. Absent for one that is not read. */
  resolve(device: string): string | undefined;
  /** What is at a place of a device that {@link resolve} gave. */
  lookUp(device: string, path: string): { readonly type: string; readonly size: number } | undefined;
  /** A file as text; absent when it is not there or too large to be one. */
  read(device: string, path: string): string | undefined;
  /** Names in a folder, sorted; empty without one. */
  list(device: string, folder: string): readonly string[];
  /** The device that `search` finds, or else why it is not known. */
  search(by: SearchBy, name: string): { readonly device: string } | { readonly why: string };
}

export type SearchBy = 'fs-uuid' | 'label' | 'file';
