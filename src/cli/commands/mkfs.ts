import { existsSync } from 'node:fs';
import { mkfs } from '../../bake/mkfs.ts';
import type { BaseOptions } from '../../cook/options.ts';
import type { FileSystemChoices } from '../../ext4/format-options.ts';
import { headroom } from '../../recipe/filesystem-values.ts';
import { formatSize } from '../../recipe/size.ts';
import * as values from '../../recipe/values.ts';
import { isFolder } from '../../store/folder.ts';
import type { CommandResult, CommonOptions, Context } from '../command.ts';
import { refuseUseless } from '../useless.ts';

export interface MkfsCommandOptions extends CommonOptions {
  readonly output: string;
  readonly force?: boolean;
  readonly size?: string;
  readonly headroom?: string;
  readonly set?: readonly string[];
  readonly owner?: string;
  readonly label?: string;
  readonly uuid?: string;
  /** False with `--no-check`. */
  readonly check: boolean;
}

export async function mkfsCommand(
  source: string,
  options: MkfsCommandOptions,
  { host }: Context,
): Promise<CommandResult> {
  const { output, force = false, label, uuid, check, size = 'auto' } = options;
  if (size !== 'auto') {
    refuseUseless(options, ['--headroom'], 'the size is given', 'leave it out, or write --size auto');
  }
  if (existsSync(source) && !isFolder(source)) {
    const why = `${source} is no folder, and a tar says itself who owns what`;
    refuseUseless(options, ['--owner'], why, 'leave it out');
  }
  const made = await mkfs(
    {
      source: sourceAt(source, options.owner),
      size: values.imageSize(size),
      check,
      ...(options.set && { filesystem: await fileSystem(options.set) }),
      ...(options.headroom !== undefined && { headroom: headroom(options.headroom) }),
      ...(label !== undefined && { label: values.label(label) }),
      ...(uuid !== undefined && { uuid: values.uuid(uuid) }),
    },
    { path: output, force },
    host,
  );
  return {
    text: `${made.path}: ${formatSize(made.size)}, ${formatSize(made.allocated)} allocated\n`,
    brief: `${made.path}\n`,
    json: made,
  };
}

function sourceAt(path: string, owner: string | undefined): BaseOptions {
  if (!isFolder(path)) return { tar: path };
  return { dir: path, ...(owner !== undefined && { owner: values.owner(owner) }) };
}

/** The schema of choices is loaded only where one is made: zod is slow to load. */
async function fileSystem(set: readonly string[]): Promise<FileSystemChoices> {
  const { parseFileSystem } = await import('../../recipe/filesystem.ts');
  return await parseFileSystem(set);
}
