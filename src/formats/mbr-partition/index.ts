/** Master boot records with a DOS partition table, encoded as fdisk does, and decoded with checks. */
export { checkBootCode } from './check.ts';
export { encodeChs } from './chs.ts';
export { decodeMbr } from './decode.ts';
export { encodeMbr } from './encode.ts';
export { isExtended, logicalPartitions } from './logical.ts';
export {
  type Mbr,
  type MbrPartition,
  PARTITION_TYPE_GPT_PROTECTIVE,
  SECTOR_SIZE,
} from './mbr.ts';
export { FIRST_SECTOR, type SinglePartitionOptions, singleLinuxPartition } from './single-partition.ts';
