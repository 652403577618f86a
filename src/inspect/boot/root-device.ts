import type { BootRoot } from './facts.ts';
import { hasUnread, type Volumes } from './volumes.ts';

type Key = 'UUID' | 'LABEL' | 'PARTUUID' | 'PARTLABEL';

/** The root that a command line names, and where in the image it is; undefined when it names none. */
export function rootOfOptions(options: string, volumes: Volumes): BootRoot | undefined {
  const name = [...options.matchAll(/(?:^|\s)root=(\S+)/g)].at(-1)?.[1];
  return name === undefined ? undefined : findRoot(name, volumes);
}

/** @param name `UUID=…` and the like, `/dev/disk/by-uuid/…`, or another device */
export function findRoot(name: string, volumes: Volumes): BootRoot {
  const [, link, linked = ''] = /^\/dev\/disk\/by-(uuid|label|partuuid|partlabel)\/(.*)$/s.exec(name) ?? [];
  const [, written, value = linked] = /^(UUID|LABEL|PARTUUID|PARTLABEL)=(.*)$/s.exec(name) ?? [];
  const key = (written ?? link?.toUpperCase()) as Key | undefined;
  if (key === undefined || (!volumes.partitionTable && !volumes.all.some(({ superblock }) => superblock))) {
    return { name, state: 'unknown' };
  }
  const isPartition = key === 'PARTUUID' || key === 'PARTLABEL';
  const found = isPartition ? findPartition(key, value, volumes) : findVolume(key, value, volumes);
  if (found) return { name, state: 'found', ...(found.number !== undefined && { partition: found.number }) };
  const isCertain = volumes.partitionTable ? isPartition || !hasUnread(volumes) : !isPartition;
  return { name, state: isCertain ? 'not found' : 'unknown' };
}

function findPartition(
  key: Key,
  value: string,
  { partitionTable }: Volumes,
): { number?: number } | undefined {
  return partitionTable?.partitions.find(({ uuid, name }) =>
    key === 'PARTUUID' ? uuid.toLowerCase() === value.toLowerCase() : name === value,
  );
}

function findVolume(key: Key, value: string, { all }: Volumes): { number?: number } | undefined {
  const volume = all.find(({ superblock }) =>
    key === 'UUID' ? superblock?.uuid === value.toLowerCase() : superblock?.label === value,
  );
  return volume && (volume.partition ?? {});
}
