/** Names in the order of their numbers, from the kernel's include/uapi/linux/capability.h. */
const NAMES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
];

const ALL = (1n << BigInt(NAMES.length)) - 1n;

/** `VFS_CAP_REVISION_2` and `VFS_CAP_FLAGS_EFFECTIVE` of linux/capability.h. */
const REVISION_2 = 0x02000000;
const EFFECTIVE = 1;

/**
 * The value of `security.capability` (struct vfs_cap_data, revision 2) for capabilities in words, as
 * cap_from_text(3) reads them: `cap_net_raw+ep`, `cap_net_admin,cap_net_raw=eip`.
 *
 * @returns undefined when the words are no capabilities.
 */
export function encodeFileCapabilities(text: string): Uint8Array | undefined {
  const sets = { e: 0n, i: 0n, p: 0n };
  for (const clause of text.trim().split(/\s+/)) {
    const match = /^([a-z0-9_,]*)((?:[-+=][eip]*)+)$/i.exec(clause);
    if (!match) return undefined;
    const mask = namesMask(match[1]!);
    if (mask === undefined) return undefined;
    for (const [, operator, letters] of match[2]!.matchAll(/([-+=])([eip]*)/g)) {
      for (const letter of ['e', 'i', 'p'] as const) {
        const named = letters!.includes(letter);
        if (operator === '=' || (operator === '-' && named)) sets[letter] &= ~mask;
        if (operator !== '-' && named) sets[letter] |= mask;
      }
    }
  }
  const value = Buffer.alloc(20);
  value.writeUInt32LE(REVISION_2 | (sets.e === 0n ? 0 : EFFECTIVE), 0);
  for (const [index, shift] of [0n, 32n].entries()) {
    value.writeUInt32LE(Number((sets.p >> shift) & 0xffffffffn), 4 + index * 8);
    value.writeUInt32LE(Number((sets.i >> shift) & 0xffffffffn), 8 + index * 8);
  }
  return value;
}

function namesMask(list: string): bigint | undefined {
  if (list === '' || list.toLowerCase() === 'all') return ALL;
  let mask = 0n;
  for (const name of list.toLowerCase().split(',')) {
    const number = /^\d+$/.test(name) ? Number(name) : NAMES.indexOf(name.replace(/^cap_/, ''));
    if (number < 0 || number > 63) return undefined;
    mask |= 1n << BigInt(number);
  }
  return mask;
}
