/** The values of `machine`: as {@link ./values.ts}, each is checked or RB_RECIPE_INVALID is thrown with a hint. */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { EMPTY_PASSWORD } from '../cook/machine/options.ts';
import { invalid } from './invalid.ts';
import { guestPath } from './values.ts';

/** Letters, digits and hyphens between dots (RFC 1123), at most 64 characters (HOST_NAME_MAX of Linux). */
export function hostname(value: string): string {
  const labels = value.split('.');
  const isName = labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  if (isName && value.length <= 64 && !/^[\d.]+$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not the name of a machine`,
    'write letters, digits and hyphens, with a letter or digit at both ends, 64 at most: web-1 or web-1.example.org',
  );
}

/** A path below /usr/share/zoneinfo. */
export function timezone(value: string): string {
  if (/^[A-Za-z][\w+-]*(?:\/[A-Za-z][\w+-]*)*$/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} is not a time zone`, 'write a name such as Europe/Berlin, or UTC');
}

export function keymap(value: string): string {
  if (/^[A-Za-z0-9][\w.-]*$/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} is not a keymap`, 'write a name such as de or de-nodeadkeys');
}

/** As useradd takes it: lower case, at most 32 characters. */
export function userName(value: string): string {
  if (value === 'root') throw invalid('root is there already', 'write machine: { root: { … } } for it');
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not the name of a user`,
    'as useradd: lower-case letters, digits, "_" and "-", with a letter or "_" in front, 32 at most',
  );
}

export function groupName(value: string): string {
  if (/^[A-Za-z_][\w.-]{0,31}$/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} is not the name of a group`, 'write one name for each item');
}

/** Not root's 0, and not the last, which means "no user" to the kernel. */
export function userNumber(value: string | number): number {
  const number = typeof value === 'number' ? value : /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number > 0 && number < 2 ** 32 - 1) return number;
  throw invalid(
    `${JSON.stringify(value)} is not the number of a user`,
    number === 0 ? '0 is root: write machine: { root: { … } }' : 'write a number such as 1000',
  );
}

/** What crypt(5) knows: MD5, Blowfish, SHA-256, SHA-512, scrypt, yescrypt and its variant. DES looks like anything. */
const HASHES = [
  /^\$1\$[^$:\s]{1,8}\$[./0-9A-Za-z]{22}$/,
  /^\$2[abxy]\$\d\d\$[./0-9A-Za-z]{53}$/,
  /^\$5\$(?:rounds=\d{1,9}\$)?[^$:\s]{1,16}\$[./0-9A-Za-z]{43}$/,
  /^\$6\$(?:rounds=\d{1,9}\$)?[^$:\s]{1,16}\$[./0-9A-Za-z]{86}$/,
  /^\$7\$[./0-9A-Za-z]{11,97}\$[./0-9A-Za-z]{43}$/,
  /^\$g?y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43}$/,
] as const;

/** The hash of a password. What it says instead is in no message: it may be the password. */
export function passwordHash(value: string): string {
  if (['*', '!', EMPTY_PASSWORD].includes(value) || HASHES.some((hash) => hash.test(value))) return value;
  if (value === '')
    throw invalid(
      'an empty password lets everybody in',
      'leave it out, write a hash (openssl passwd -6), or the word empty where that is meant',
    );
  throw invalid(
    value.startsWith('$')
      ? 'this is not a whole hash of a password that crypt(3) knows'
      : 'a password is never written in clear: this is no hash',
    "run: openssl passwd -6; and write what it prints, '$6$…', in single quotes",
  );
}

const KEY_TYPES = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];

/** A line of authorized_keys: options perhaps, type, base64, comment: sshd(8). */
export function sshKey(value: string): string {
  const line = value.trim();
  if (line.includes('PRIVATE KEY'))
    throw invalid('this is a private key', 'write the public one, which ends in .pub, and keep this one');
  const words = line.split(/[ \t]+/);
  const at = words.findIndex((word) => KEY_TYPES.includes(word));
  const [type, base64 = ''] = at < 0 ? [] : words.slice(at);
  if (type !== undefined && !/[\r\n]/.test(line) && isKeyBlob(type, base64)) return line;
  throw invalid(
    type === undefined
      ? `${JSON.stringify(shortened(line))} is not a public key of ssh`
      : `the ${type} key is not whole`,
    'write the whole line of a file such as ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… name',
  );
}

/** The blob names its own type first, behind its length: RFC 4253, section 6.6. */
function isKeyBlob(type: string, base64: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  const blob = Buffer.from(base64, 'base64');
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return false;
    const length = blob.readUInt32BE(at);
    at += 4;
    if (at + length > blob.length) return false;
    fields.push(blob.subarray(at, at + length));
    at += length;
  }
  return fields.length >= 2 && fields[0]!.toString('latin1') === type;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** An absolute path that can stand in /etc/passwd. */
export function accountPath(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these end a field or a line
  if (!/[:\u0000-\u001f]/.test(value)) return guestPath(value);
  throw invalid(`${JSON.stringify(value)} cannot stand in /etc/passwd`, 'write a path without a colon');
}

export function accountComment(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these end a field or a line
  if (!/[:\u0000-\u001f]/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} cannot stand in /etc/passwd`, 'write one line without a colon');
}

/** A service, a unit of systemd or a runlevel: one name of a file. */
export function serviceName(value: string): string {
  if (/^[A-Za-z0-9][\w.@:\\-]*$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not the name of a service`,
    'write one name for each item, such as sshd or getty@tty1.service',
  );
}

/** As Linux has it, at most 15 characters; or patterns for systemd-networkd. */
export function interfaceName(value: string): string {
  const isName = (word: string): boolean => /^[A-Za-z0-9*?_.-]{1,15}$/.test(word) && !/^\.+$/.test(word);
  if (value.split(' ').every(isName)) return value;
  throw invalid(`${JSON.stringify(value)} is not the name of an interface`, 'write a name such as eth0');
}

export function address(value: string): string {
  if (isIP(value) !== 0 && !value.includes('%')) return value;
  throw invalid(
    `${JSON.stringify(value)} is not an IP address`,
    'write an address such as 192.168.1.1 or fd00::1',
  );
}

export function prefixedAddress(value: string): string {
  const [ip = '', prefix] = value.split('/');
  const longest = isIPv4(ip) ? 32 : 128;
  if (isIP(ip) !== 0 && /^\d{1,3}$/.test(prefix ?? '') && Number(prefix) >= 1 && Number(prefix) <= longest)
    return value;
  throw invalid(
    `${JSON.stringify(value)} is not an IP address with its prefix`,
    isIP(value) !== 0 ? `write ${value}/${isIPv6(value) ? 64 : 24}` : 'write 192.168.1.10/24 or fd00::10/64',
  );
}

/** Whether a gateway is in the network of an address; one of a link (fe80::/10) always is. */
export function isReachable(gateway: string, addresses: readonly string[]): boolean {
  const family = isIPv6(gateway) ? 'ipv6' : 'ipv4';
  const networks = new BlockList();
  networks.addSubnet('fe80::', 10, 'ipv6');
  for (const text of addresses) {
    const [ip = '', prefix] = text.split('/');
    networks.addSubnet(ip, Number(prefix), isIPv6(ip) ? 'ipv6' : 'ipv4');
  }
  return networks.check(gateway, family);
}

/** A terminal and perhaps its rate, as the kernel's option `console` has it. */
export function serialConsole(value: string): string {
  const [, terminal, rate] =
    /^(tty[A-Za-z]+\d+|hvc\d+|ttyS\d+)(?:,(\d+)(?:n8)?)?$/.exec(value.replace(/^\/dev\//, '')) ?? [];
  if (terminal !== undefined && (rate === undefined || (Number(rate) >= 50 && Number(rate) <= 4_000_000)))
    return rate === undefined ? terminal : `${terminal},${rate}`;
  throw invalid(
    `${JSON.stringify(value)} is not a serial terminal`,
    'write its name, and its rate after a comma where it is not 115200: ttyS0 or ttyS0,9600',
  );
}

/** `user`, or `user:group`; names or numbers. */
export function fileOwner(value: string): string {
  if (/^[\w.-]+(?::[\w.-]+)?$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not an owner`,
    'write user:group, such as root:root or "1000:1000"',
  );
}
