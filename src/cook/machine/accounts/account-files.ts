import type { MachineRoot } from '../machine-root.ts';
import { EMPTY_PASSWORD } from '../options.ts';
import { AccountTable } from './table.ts';

const SECONDS_OF_DAY = 86_400;

/** Fields by their place in a record. */
export const PASSWD = { password: 1, uid: 2, gid: 3, comment: 4, home: 5, shell: 6 } as const;
export const SHADOW = { password: 1, day: 2 } as const;
export const GROUP = { gid: 2, members: 3 } as const;

/** Debian's accounts, which base-passwd would copy when it is installed. */
const MASTERS = {
  passwd: '/usr/share/base-passwd/passwd.master',
  group: '/usr/share/base-passwd/group.master',
};

const ROOT_ONLY = { passwd: 'root:*:0:0:root:/root:/bin/sh\n', group: 'root:*:0:\n' };

/** Matches no password, and locks nothing: sshd refuses accounts that are locked, with `!`, even to keys. */
const NO_PASSWORD = '*';

/** The accounts of a root, in the four files that hold them. Files that are missing are made. */
export class AccountFiles {
  readonly passwd: AccountTable;
  readonly shadow: AccountTable;
  readonly group: AccountTable;
  /** Only where the root has one: busybox knows nothing of it. */
  readonly gshadow: AccountTable | undefined;
  /** Of the epoch, for the last change of passwords; 0 would ask for a new one at once: shadow(5). */
  readonly #day: string;

  constructor(root: MachineRoot) {
    this.#day = String(Math.max(1, Math.floor(root.epoch / SECONDS_OF_DAY)));
    for (const file of ['passwd', 'group'] as const) {
      if (root.read(`/etc/${file}`) !== undefined) continue;
      const master = root.read(MASTERS[file]) ?? ROOT_ONLY[file];
      root.write(`/etc/${file}`, master.replaceAll(/^([^:\n]+):\*:/gm, '$1:x:'));
    }
    this.passwd = new AccountTable(root, '/etc/passwd');
    this.group = new AccountTable(root, '/etc/group');
    const gid = this.group.find('shadow')?.[GROUP.gid];
    const secret = gid === undefined ? { mode: 0o600 } : { mode: 0o640, gid: Number(gid) };
    this.shadow = new AccountTable(root, '/etc/shadow', secret);
    this.gshadow = root.has('/etc/gshadow') ? new AccountTable(root, '/etc/gshadow', secret) : undefined;
    // Who refers to shadow has a record there: pwck(8).
    for (const [name = '', password] of this.passwd.records)
      if (password === 'x' && !this.shadow.find(name)) this.#setShadow(name, NO_PASSWORD);
  }

  /** @param hash undefined: what is there stays, and a new account has no password that fits */
  setPassword(name: string, hash: string | undefined): void {
    const inPasswd = this.passwd.find(name)?.[PASSWD.password];
    if (hash === undefined && (inPasswd !== 'x' || this.shadow.find(name))) return;
    this.passwd.setField(name, PASSWD.password, 'x');
    this.#setShadow(name, hash === EMPTY_PASSWORD ? '' : (hash ?? NO_PASSWORD));
  }

  addGroup(name: string, gid: number): void {
    this.group.set([name, 'x', String(gid), '']);
    this.gshadow?.set([name, '!', '', '']);
  }

  addMember(group: string, user: string): void {
    for (const table of [this.group, this.gshadow]) {
      const record = table?.find(group);
      const members = (record?.[GROUP.members] ?? '').split(',').filter((member) => member !== '');
      if (!record || members.includes(user)) continue;
      table!.setField(group, GROUP.members, [...members, user].join(','));
    }
  }

  save(): void {
    for (const table of [this.passwd, this.shadow, this.group, this.gshadow]) table?.save();
  }

  #setShadow(name: string, hash: string): void {
    const known = this.shadow.find(name);
    this.shadow.set(
      known
        ? known.with(SHADOW.password, hash).with(SHADOW.day, this.#day)
        : [name, hash, this.#day, '0', '99999', '7', '', '', ''],
    );
  }
}
