/** The schema of `machine`. */

import type { MachineSetup } from '../cook/machine/options.ts';
import * as z from '../vendor/zod.ts';
import { checked, checkedNumber, checkedSecret } from './checked.ts';
import * as values from './machine-values.ts';
import { guestPath, mode, path } from './shared-schema.ts';

const password = checkedSecret(values.passwordHash).describe(
  'A hash for crypt(3), as "openssl passwd -6" prints it, never the password itself; "*": no password fits; "!": locked; empty: the name alone logs in, on the console at least.',
);
const sshKeys = z
  .array(checked(values.sshKey))
  .describe('Public keys that may log in by ssh: lines of an authorized_keys file.');

const user = z.strictObject({
  name: checked(values.userName).describe('A user of this name is added, or changed where there is one.'),
  uid: checkedNumber(values.userNumber)
    .optional()
    .describe('Default: the first that is free from 1000 on. A group of the name comes with it.'),
  groups: z
    .array(checked(values.groupName))
    .optional()
    .describe("Groups of the root that the user belongs to, beside the user's own."),
  password: password.optional(),
  sshKeys: sshKeys.optional(),
  shell: checked(values.accountPath).optional().describe("A program of the root. Default: root's shell."),
  home: checked(values.accountPath)
    .optional()
    .describe('Made with what /etc/skel holds. Default: /home/NAME.'),
  comment: checked(values.accountComment).optional().describe("The user's full name."),
});

const services = z.strictObject({
  enable: z
    .array(
      z.union([
        checked(values.serviceName),
        z.strictObject({
          name: checked(values.serviceName).describe('A service of the root.'),
          runlevel: checked(values.serviceName).describe("Of OpenRC. Default: the service's usual one."),
        }),
      ]),
    )
    .optional()
    .describe(
      'Services of the root that start with the machine, as rc-update add and systemctl enable do it.',
    ),
  disable: z.array(checked(values.serviceName)).optional().describe('Services that do not.'),
});

const networkInterface = z
  .strictObject({
    interface: checked(values.interfaceName)
      .optional()
      .describe('Its name. Default: eth0; with systemd every wired interface, "en* eth*".'),
    address: oneOrMore(values.prefixedAddress)
      .optional()
      .describe('A fixed address with its prefix, 192.168.1.10/24, or several. Default: DHCP.'),
    gateway: oneOrMore(values.address).optional().describe('Address of the router.'),
    dns: z
      .array(checked(values.address))
      .optional()
      .describe('Addresses of name servers, for fixed addresses: DHCP brings its own.'),
  })
  .superRefine(({ address, gateway, dns }, context) => {
    for (const key of ['gateway', 'dns'] as const) {
      if (address !== undefined || { gateway, dns }[key] === undefined) continue;
      context.addIssue({
        code: 'custom',
        message: `${key} goes with an address, and without one DHCP brings it`,
        path: [key],
        params: { hint: 'write address: 192.168.1.10/24, or leave it out' },
      });
    }
    const wrong = [gateway ?? []].flat().find((text) => !values.isReachable(text, [address ?? []].flat()));
    if (address === undefined || wrong === undefined) return;
    context.addIssue({
      code: 'custom',
      message: `the gateway ${wrong} is in the network of no address`,
      path: ['gateway'],
      params: { hint: 'look at the length of the prefix: 192.168.1.10/24 has 192.168.1.1 to .254' },
    });
  });

const fileRules = {
  path: guestPath.describe('Its path in the root, file name included. What is there is replaced.'),
  mode: mode.optional().describe('Octal digits in quotes. Default: "0644", or "0755" for a program.'),
  owner: checked(values.fileOwner)
    .optional()
    .describe('user, user:group or numbers: alice, root:shadow, "0:0". Default: root:root.'),
};
const file = z.union([
  z.strictObject({ content: z.string().describe('The text of the file.'), ...fileRules }),
  z.strictObject({ source: path.describe('A file of this machine.'), ...fileRules }),
]);

export const machine: z.ZodType<MachineSetup> = z
  .strictObject({
    hostname: checked(values.hostname)
      .optional()
      .describe('Name of the machine, with or without a domain: web, web.example.org.'),
    timezone: checked(values.timezone)
      .optional()
      .describe('As in /usr/share/zoneinfo of the root: Europe/Berlin, UTC.'),
    keymap: checked(values.keymap).optional().describe('Keymap of the console: de, de-nodeadkeys.'),
    users: z.array(user).superRefine(checkUsers).optional().describe('Users who are added or changed.'),
    root: z
      .strictObject({ password: password.optional(), sshKeys: sshKeys.optional() })
      .optional()
      .describe('How root logs in.'),
    services: services.optional().describe('What starts with the machine, and what does not.'),
    network: z
      .union([networkInterface, z.array(networkInterface)], {
        error: 'must be an interface or a list of them',
      })
      .optional()
      .describe('Interfaces that come up with the machine; {}: the first wired one, by DHCP.'),
    files: z.array(file).optional().describe('Files of the root, in this order.'),
    console: checked(values.serialConsole)
      .optional()
      .describe(
        'A serial terminal to log in on, as the kernel writes it: ttyS0 (115200 baud) or ttyS0,9600.',
      ),
  })
  .describe(
    'What makes a machine of the root, for OpenRC, systemd and the init of busybox. It runs no program.',
  ) as unknown as z.ZodType<MachineSetup>;

function oneOrMore(check: (value: string) => string): z.ZodType<string | string[], string | string[]> {
  return z.union([checked(check), z.array(checked(check)).min(1)], { error: 'must be text or a list' });
}

/** Two users of one name or number are a mistake of the recipe, wherever it is cooked. */
function checkUsers(users: readonly z.infer<typeof user>[], context: z.RefinementCtx): void {
  for (const [index, { name, uid }] of users.entries()) {
    const before = users.slice(0, index);
    const key = before.some((other) => other.name === name)
      ? 'name'
      : uid !== undefined && before.some((other) => other.uid === uid)
        ? 'uid'
        : undefined;
    if (key === undefined) continue;
    context.addIssue({
      code: 'custom',
      message: `two users have the ${key} ${key === 'name' ? name : uid}`,
      path: [index, key],
    });
  }
}
