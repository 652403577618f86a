import { RootlessBakeError } from '../../errors.ts';

export interface SyslinuxConfigOptions {
  /** Absolute path of the kernel in the file system, such as `/boot/vmlinuz`. */
  readonly kernel: string;
  /** Absolute path of the initramfs, such as `/boot/initrd`; none by default. */
  readonly initrd?: string | undefined;
  /** Kernel options, joined by spaces: `root=…`, `console=ttyS0,115200n8`. */
  readonly append?: readonly string[] | undefined;
}

/**
 * Bytes of `BOOT_IMAGE=<kernel> <append> initrd=<initrd>`, the kernel's command line, that SYSLINUX 6.04
 * hands to an x86 kernel in full. The kernel takes 2047 (COMMAND_LINE_SIZE less its NUL), SYSLINUX counts
 * its own NUL among them and silently drops the last byte of a longer one.
 */
export const MAX_COMMAND_LINE = 2046;
/** Bytes of one path; SYSLINUX's FILENAME_MAX is 256 with the NUL. */
const MAX_PATH = 255;
/** SYSLINUX's own speed on a serial console for which the kernel was told none. */
const DEFAULT_BAUD = 115200;

function invalid(message: string, hint: string): RootlessBakeError {
  return new RootlessBakeError('RB_SYSLINUX_CONFIG', `syslinux.cfg: ${message}`, { hint });
}

/** A name is one word on its line; a comma separates initrds; control characters end lines. */
function requirePath(what: string, path: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!/^\/[^\s,\x00-\x1f\x7f]+$/u.test(path) || Buffer.byteLength(path) > MAX_PATH) {
    throw invalid(
      `${what} ${JSON.stringify(path)} is not a path that SYSLINUX can load`,
      `give an absolute path without spaces and commas, of at most ${MAX_PATH} bytes, such as /boot/vmlinuz`,
    );
  }
}

function requireOption(option: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (option.trim() === '' || /[\x00-\x1f\x7f]/.test(option)) {
    throw invalid(
      `kernel option ${JSON.stringify(option)} is empty or has a line break or control character`,
      'give each kernel option as one item on one line',
    );
  }
}

/** `SERIAL port baud` for the last console that is one of the four ports a BIOS knows, else nothing. */
function serialLine(options: readonly string[]): string[] {
  const consoles = options.flatMap((option) => option.split(/\s+/));
  const match = consoles
    .map((word) => /^console=ttyS([0-3])(?:,(\d*).*)?$/.exec(word))
    .findLast((m) => m !== null);
  if (match === undefined || match === null) return [];
  const baud = Number(match[2] ?? DEFAULT_BAUD);
  // The divisor of a 16550 is 115200 / baud in 16 bits; below 75 SYSLINUX ignores the line.
  return [`SERIAL ${match[1]} ${baud >= 75 && baud <= 115200 ? baud : DEFAULT_BAUD}`];
}

/**
 * The text of `syslinux.cfg` for one kernel, booted at once: no prompt, no delay (a held Shift or Alt key
 * still gives SYSLINUX's prompt). With `console=ttyS0` to `ttyS3` among the options, SYSLINUX talks on
 * that port too, at the speed given there, else 115200; SERIAL must be the file's first line to show the
 * banner.
 *
 * @throws RootlessBakeError `RB_SYSLINUX_CONFIG` (paths or options that the file cannot say, or a command
 * line over 2046 bytes)
 */
export function syslinuxConfig(config: SyslinuxConfigOptions): string {
  const { kernel, initrd, append = [] } = config;
  requirePath('kernel', kernel);
  if (initrd !== undefined) requirePath('initrd', initrd);
  for (const option of append) requireOption(option);

  const joined = append.join(' ');
  if (joined === '-') throw invalid('the only kernel option is "-", which means none', 'leave it out');
  const commandLine = [
    `BOOT_IMAGE=${kernel}`,
    ...(joined === '' ? [] : [joined]),
    ...(initrd === undefined ? [] : [`initrd=${initrd}`]),
  ].join(' ');
  const length = Buffer.byteLength(commandLine);
  if (length > MAX_COMMAND_LINE) {
    throw invalid(
      `the kernel's command line has ${length} bytes, ${length - MAX_COMMAND_LINE} too many`,
      `shorten the options: SYSLINUX passes ${MAX_COMMAND_LINE} bytes, BOOT_IMAGE= and initrd= included`,
    );
  }
  return `${[
    ...serialLine(append),
    'DEFAULT linux',
    'PROMPT 0',
    'LABEL linux',
    `  LINUX ${kernel}`,
    ...(initrd === undefined ? [] : [`  INITRD ${initrd}`]),
    ...(joined === '' ? [] : [`  APPEND ${joined}`]),
  ].join('\n')}\n`;
}
