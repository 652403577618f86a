import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import { init } from '../../setup.ts';
import { shellCommand } from '../../shell-words.ts';
import { TEMPLATES, type TemplateName } from '../../templates/templates.ts';
import type { CommandResult, CommonOptions } from '../command.ts';

export interface InitCommandOptions extends CommonOptions {
  readonly template?: TemplateName;
  readonly name?: string;
  readonly force?: boolean;
  readonly list?: boolean;
}

/** Writes a recipe to begin with, and says what comes next. It never asks. */
export async function initCommand(folder: string, options: InitCommandOptions): Promise<CommandResult> {
  const { template, name, force, list = false } = options;
  if (list) return listTemplates(options);
  const result = await init(folder, {
    ...(template !== undefined && { template }),
    ...(name !== undefined && { name }),
    ...(force !== undefined && { force }),
  });
  const files = result.files.map((path) => join(folder, path));
  const kept = result.kept.map((path) => `${join(folder, path)} stays as it was: let it hold *.img\n`);
  // A bare name may be that of a built-in cake.
  const place = folder === '.' ? [] : [/^[\w-]+$/.test(folder) ? `./${folder}` : folder];
  const next = [
    ['check', ...place],
    ['bake', ...place],
    ['boot', `${result.name}.img`],
  ].map((words) => `  ${shellCommand(['rootless-bake', ...words])}\n`);
  return {
    text: `Wrote ${result.name}, ${TEMPLATES[result.template]}:\n${files.map((path) => `  ${path}\n`).join('')}${kept.join('')}\nNext:\n${next.join('')}`,
    brief: `${files[0]}\n`,
    json: { folder, ...result },
  };
}

function listTemplates({ template, name, force }: InitCommandOptions): CommandResult {
  if (template !== undefined || name !== undefined || force) {
    throw new RootlessBakeError('RB_ARGUMENT', '--list writes nothing, and takes no other option', {
      hint: 'leave --list out to write a recipe',
    });
  }
  const templates = Object.entries(TEMPLATES).map(([word, description]) => ({ name: word, description }));
  const width = Math.max(...templates.map((entry) => entry.name.length));
  return {
    text: templates.map((entry) => `${entry.name.padEnd(width)}  ${entry.description}\n`).join(''),
    brief: templates.map((entry) => `${entry.name}\n`).join(''),
    json: { templates },
  };
}
