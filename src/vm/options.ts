/** How the machine computes: by the processor's help, or all in software. */
export type Accelerator = 'kvm' | 'tcg';

/** What the machine shows beside its serial console. */
export type Display =
  /** Nothing. */
  | 'none'
  /** A window with a VGA screen. */
  | 'vga'
  /** The VGA text screen, drawn in the terminal. */
  | 'curses';

/** A TCP port of this machine's loopback, 127.0.0.1, that leads to one of the guest. */
export interface PortForward {
  readonly host: number;
  readonly guest: number;
}

/** The virtual machine that an image is booted in. */
export interface MachineOptions {
  /** In bytes; default 512 MiB. */
  readonly memory?: number;
  /** Default `none`. */
  readonly display?: Display;
  /** `auto`, the default, takes KVM when a tiny machine has run in it, else TCG. */
  readonly accel?: Accelerator | 'auto';
  /** Writes go to a temporary file and are lost at the end: the image stays as it is. */
  readonly snapshot?: boolean;
  /**
   * Gives the machine a virtio network card behind QEMU's user networking, with DHCP, whose ports these are.
   * Default: no network.
   */
  readonly forwards?: readonly PortForward[];
}

export interface BootOptions extends MachineOptions {
  /**
   * Ends the machine as soon as its serial console shows this. Without it, the console is this process's
   * standard input and output until the machine ends.
   */
  readonly expect?: string | RegExp;
  /** In milliseconds, for `expect`; default two minutes. */
  readonly timeout?: number;
}

/** How a boot went. */
export interface BootResult {
  readonly accelerator: Accelerator;
  /** Why `auto` did not take KVM. */
  readonly reason?: string;
  /** How long the machine ran, or what was expected took. */
  readonly milliseconds: number;
  /** What the serial console printed; empty when it was this process's own. */
  readonly transcript: string;
}

export const DEFAULT_MEMORY: number = 512 << 20;
export const DEFAULT_TIMEOUT = 120_000;
