/** GRUB 2: its scripts followed, as far as disks tell, to the entries of its menu. */
export { parseEnvironmentBlock } from './environment-block.ts';
export type { GrubMachine, SearchBy } from './machine.ts';
export { type GrubEntry, type GrubFile, type GrubMenu, readGrubMenu } from './menu.ts';
export { type GrubScript, parseGrubScript, type Statement } from './parser.ts';
