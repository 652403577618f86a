/** More than a disk with nothing but a boot sector takes to boot on any machine, in seconds. */
const LONGEST = 256;

/**
 * Gives what the last boot has shown, of one that has a limit and is meant to reach it: with twice the time until
 * the guest has come as far as the text, for how soon it does is up to the machine.
 *
 * @param boot with a limit in seconds
 */
export async function shownInTime(
  text: string,
  boot: (seconds: number) => Promise<string> | string,
): Promise<string> {
  for (let seconds = 4; ; seconds *= 2) {
    const shown = await boot(seconds);
    if (shown.includes(text) || seconds >= LONGEST) return shown;
  }
}
