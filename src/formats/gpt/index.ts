/** GUID partition tables, decoded with their checksums. */
export { decodeGpt, type GptDisk } from './decode.ts';
export type { Gpt, GptPartition } from './gpt.ts';
