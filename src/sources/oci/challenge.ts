/** One way to say who one is, of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case, such as `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A parameter: `name=token` or `name="text with \" escapes"`. */
const PARAMETER = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/;
const SCHEME = /^([\w!#$%&'*+.^`|~-]+)(?=\s|,|$)/;

/** Reads the challenges of a header, or of several that are joined by commas (RFC 9110, section 11.6.1). */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (let rest = header.replace(/^[\s,]+/, ''); rest !== ''; rest = rest.replace(/^[\s,]+/, '')) {
    const parameter = PARAMETER.exec(rest);
    const scheme = parameter ? null : SCHEME.exec(rest);
    if (parameter && challenges.length > 0) {
      const [, name, quoted, token] = parameter;
      challenges.at(-1)!.parameters[name!.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? token!;
    } else if (scheme) {
      challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: {} });
    }
    // What is neither is passed over up to the next comma.
    const length = (parameter ?? scheme)?.[0].length ?? Math.max(1, rest.search(/,|$/));
    rest = rest.slice(length);
  }
  return challenges;
}
