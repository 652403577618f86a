/** The pattern of `default` in systemd-boot's `loader.conf`; undefined without one. */
export function loaderDefault(text: string): string | undefined {
  return [...text.matchAll(/^[ \t]*default[ \t]+(\S+)[ \t]*\r?$/gm)].at(-1)?.[1];
}

/** Whether a text matches a pattern with `*` and `?`, in any case; undefined for patterns with other signs. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  if (/[[\]\\@]/.test(pattern)) return undefined;
  const [signs, letters] = [pattern.toLowerCase(), text.toLowerCase()];
  let [at, sign, star, retry] = [0, 0, -1, 0];
  while (at < letters.length) {
    if (signs[sign] === '*') {
      [star, retry] = [sign, at];
      sign += 1;
    } else if (signs[sign] === '?' || signs[sign] === letters[at]) {
      [at, sign] = [at + 1, sign + 1];
    } else if (star >= 0) {
      // The last star takes one letter more.
      retry += 1;
      [at, sign] = [retry, star + 1];
    } else return false;
  }
  return /^\**$/.test(signs.slice(sign));
}
