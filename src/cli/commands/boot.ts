import { RootlessBakeError } from '../../errors.ts';
import { boot } from '../../library.ts';
import { parseSize } from '../../recipe/size.ts';
import type { BootOptions, Display, PortForward } from '../../vm/options.ts';
import type { CommandResult, CommonOptions, Context } from '../command.ts';
import { formatTime } from '../terminal.ts';

export interface BootCommandOptions extends CommonOptions {
  readonly memory?: string;
  readonly display?: Display;
  readonly accel?: 'auto' | 'kvm' | 'tcg';
  readonly expect?: string;
  readonly timeout?: string;
  readonly snapshot?: boolean;
  readonly forward?: readonly string[];
}

export async function bootCommand(
  image: string,
  options: BootCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { expect, display, accel, snapshot } = options;
  if (expect === undefined && options.timeout !== undefined) {
    throw usage('--timeout is for --expect', 'add --expect TEXT, or leave --timeout out');
  }
  if (expect !== undefined && display === 'curses') {
    throw usage('--expect reads the terminal that --display curses draws on', 'use --display none');
  }
  const settings: BootOptions = {
    ...(options.memory !== undefined && { memory: memory(options.memory) }),
    ...(options.timeout !== undefined && { timeout: milliseconds(options.timeout) }),
    ...(expect !== undefined && { expect }),
    ...(display && { display }),
    ...(accel && { accel }),
    ...(snapshot !== undefined && { snapshot }),
    ...(options.forward && { forwards: options.forward.map(portForward) }),
  };
  if (expect === undefined) context.leaveInterrupts();
  const result = await boot(image, settings, context.host);
  const seen = `${image} showed ${JSON.stringify(expect)} after ${formatTime(result.milliseconds)}`;
  return {
    text: expect === undefined ? '' : `${seen} (${result.accelerator})\n`,
    brief: '',
    json: { path: image, ...result },
  };
}

function memory(text: string): number {
  const bytes = parseSize(text);
  if (bytes >= 1 << 20) return bytes;
  throw usage(`--memory ${text} is less than 1 MiB`, 'write a size such as 512M');
}

/** `2222:22`: a port of 127.0.0.1 here, and one of the machine. */
function portForward(text: string): PortForward {
  const [host = 0, guest = 0] = (/^(\d{1,5}):(\d{1,5})$/.exec(text)?.slice(1) ?? []).map(Number);
  if ([host, guest].every((port) => port >= 1 && port <= 65_535)) return { host, guest };
  throw usage(`--forward ${text} is no pair of ports`, 'write HERE:GUEST, such as 2222:22');
}

function milliseconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds * 1000;
  throw usage(`--timeout ${text} is not a number of seconds`, 'write a number such as 60');
}

function usage(message: string, hint: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARGUMENT', message, { hint });
}
