/** What a root needs to be a machine of its own, in the `machine` part of a recipe. */
export interface MachineSetup {
  /** Name of the machine, with or without a domain. */
  readonly hostname?: string;
  /** As in /usr/share/zoneinfo of the root: `Europe/Berlin`. */
  readonly timezone?: string;
  /** Of the console, as the root's own program for it calls it: `de`, `de-nodeadkeys`. */
  readonly keymap?: string;
  readonly users?: readonly MachineUser[];
  readonly root?: RootAccount;
  readonly services?: ServiceChoices;
  readonly network?: NetworkInterface | readonly NetworkInterface[];
  readonly files?: readonly MachineFile[];
  /** A terminal to log in on, as the kernel writes it: `ttyS0` (115200 baud) or `ttyS0,9600`. */
  readonly console?: string;
}

/** In the place of a hash: none is asked for, as after `passwd -d`. sshd refuses it unless told otherwise. */
export const EMPTY_PASSWORD = 'empty';

/** What lets somebody log in. */
export interface RootAccount {
  /** A hash for crypt(3), as `openssl passwd -6` prints it; `*`: no password fits; `!`: locked; `empty`: none is asked for. */
  readonly password?: string;
  /** Lines of an authorized_keys file. */
  readonly sshKeys?: readonly string[];
}

/** A user who is added, or changed where the root has one of the name. */
export interface MachineUser extends RootAccount {
  readonly name: string;
  /** Default: the first that is free from 1000 on. A group of the user's name comes with it. */
  readonly uid?: number;
  /** Groups of the root, beside the user's own. */
  readonly groups?: readonly string[];
  /** A program of the root. Default: root's. */
  readonly shell?: string;
  /** Made with what /etc/skel holds. Default: `/home/NAME`. */
  readonly home?: string;
  /** The user's full name, or what the account is for. */
  readonly comment?: string;
}

/** Services that run from the first boot on, and those that do not. */
export interface ServiceChoices {
  readonly enable?: readonly (string | RunlevelService)[];
  readonly disable?: readonly string[];
}

/** A service of OpenRC at a runlevel that is not its usual one. */
export interface RunlevelService {
  readonly name: string;
  readonly runlevel: string;
}

/** An interface and its addresses; by DHCP when it has none. */
export interface NetworkInterface {
  /** Default: `eth0`; with systemd all wired ones, `en* eth*`. */
  readonly interface?: string;
  /** With the length of the prefix: `192.168.1.10/24`, `fd00::10/64`. */
  readonly address?: string | readonly string[];
  readonly gateway?: string | readonly string[];
  /** Servers that look names up; only with an address, for DHCP brings its own. */
  readonly dns?: readonly string[];
}

/** A file of the root. What is there already is replaced. */
export type MachineFile = MachineFileRules &
  (
    | { readonly content: string }
    | { readonly source: string /** A file of this machine, by its absolute path. */ }
  );

/** Where a file of a machine goes, and whose it is. */
export interface MachineFileRules {
  readonly path: string;
  /** Octal digits. Default: 0644, or 0755 for a source that its owner may run. */
  readonly mode?: string;
  /** `user`, `user:group` by names of the root, or numbers. Default: `root:root`. */
  readonly owner?: string;
}
