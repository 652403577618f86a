import type { Command } from 'commander';
import type { CommandResult } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { type CommandModel, completionModel } from '../completion/model.ts';
import { zshCompletion } from '../completion/zsh.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

const SCRIPTS: Readonly<Record<Shell, (model: CommandModel) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Prints the script by which a shell completes command lines of a program. */
export function completionCommand(shell: Shell, program: Command): CommandResult {
  const script = SCRIPTS[shell](completionModel(program));
  return { text: script, brief: script, json: { shell, script } };
}
