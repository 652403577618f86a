import { describe, expect, test } from 'vitest';
import { cookInputs } from '../../src/build/local-inputs.ts';
import { RootlessBakeError } from '../../src/errors.ts';
import type { Cake } from '../../src/recipe/cake.ts';
import { parseRecipe } from '../../src/recipe/document.ts';
import { checkCake, checkDocument } from '../../src/recipe/load.ts';
import { parseOverride } from '../../src/recipe/overrides.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGES/CKUrXOUhrylFerMozijSSpNuKsdrMZwQhqqD7zY somebody';
const HASH = `$6$rootlessbake$${'x'.repeat(86)}`;

async function load(text: string, set: string[] = []): Promise<Cake> {
  const head = 'name: tiny\ncook: { base: { empty: true } }\nmachine:\n';
  const lines = text.split('\n').map((line) => `  ${line}\n`);
  const document = await parseRecipe(head + lines.join(''), { name: 'cake.yaml', folder: '/recipes' });
  return await checkDocument(document, await Promise.all(set.map(parseOverride)), '/here');
}

async function refused(text: string, set: string[] = []): Promise<string> {
  const error = await load(text, set).then(
    () => expect.fail('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RootlessBakeError)) throw error;
  return `${error.code}: ${error.message}${error.hint ? `\nhint: ${error.hint}` : ''}`;
}

describe('machine', () => {
  const whole = `
hostname: web.example.org
timezone: America/Argentina/Buenos_Aires
keymap: de-nodeadkeys
console: /dev/ttyS0,9600n8
root: { password: "*", sshKeys: ['${KEY}'] }
users:
  - { name: alice, uid: 1000, groups: [wheel], password: '${HASH}', shell: /bin/ash, home: /srv/a, comment: A B }
  - { name: carol, password: empty }
  - { name: bob, uid: "1001", password: "!", sshKeys: ['command="x y" ${KEY}'] }
services: { enable: [sshd, { name: own, runlevel: boot }, getty@tty1.service], disable: [crond] }
network: [{}, { interface: eth1, address: 10.0.0.2/8, gateway: 10.0.0.1, dns: [10.0.0.1, fd00::1] }]
files:
  - { path: /etc/motd, content: hello, mode: "0600", owner: alice }
  - { path: /usr/bin/tool, source: ./tool }`;

  test('becomes a part of the cook, with paths and numbers as such', async () => {
    const { cook } = await load(whole);
    expect(cook.machine).toMatchObject({
      console: 'ttyS0,9600',
      users: [{ name: 'alice', uid: 1000 }, { password: 'empty' }, { uid: 1001 }],
      files: [{ path: '/etc/motd' }, { source: '/recipes/tool' }],
    });
  });

  test('is the same when it is checked again, and may be a part of cook in code', async () => {
    const cake = await load(whole);
    expect(await checkCake({ ...cake })).toEqual(cake);
  });

  test('is set from the command line, whose paths start there', async () => {
    const { cook } = await load('hostname: a', [
      'machine.files=[{path: /a, source: ./b}]',
      'machine.hostname=b',
    ]);
    expect(cook.machine).toEqual({ hostname: 'b', files: [{ path: '/a', source: '/here/b' }] });
  });

  test('counts for the lock: all that it says, but no path of this machine, and its files', async () => {
    const inputs = cookInputs(await load(whole)).filter(({ place }) => place.startsWith('machine'));
    expect(inputs).toMatchObject([
      { place: 'machine' },
      { place: 'machine.files[1].source', path: '/recipes/tool' },
    ]);
    expect(inputs[0]!.text).toContain('alice');
    expect(inputs[0]!.text).not.toContain('/recipes');
  });

  test('a password in clear is refused with the command for its hash, and is in no message', async () => {
    expect(
      await refused('users:\n  - name: alice\n    password: hunter2'),
    ).toBe(`RB_RECIPE_INVALID: cake.yaml:6:17: a password is never written in clear: this is no hash
  6 |       password: …
    |                 ^
hint: run: openssl passwd -6; and write what it prints, '$6$…', in single quotes`);
    expect(await refused('root: {}', ['machine.root.password=hunter2'])).toMatch(
      /^RB_RECIPE_INVALID: --set machine.root.password=…: a password is never written in clear/,
    );
  });

  test.each([
    ['hostname: -a', 'cake.yaml:4:13: "-a" is not the name of a machine'],
    [`hostname: ${'a'.repeat(65)}`, 'is not the name of a machine'],
    ['hostname: web_1', '"web_1" is not the name of a machine'],
    ['hostname: a..b', '"a..b" is not the name of a machine'],
    ['timezone: ../../etc/passwd', 'is not a time zone'],
    ['keymap: a/b', '"a/b" is not a keymap'],
    ['console: tty', '"tty" is not a serial terminal'],
    ['console: ttyS0,fast', 'is not a serial terminal'],
    ['root: { password: "" }', 'an empty password lets everybody in'],
    ['root: { password: "$6$salt$short" }', 'this is not a whole hash'],
    ['root: { password: 12345 }', 'machine.root.password must be text'],
    ['root: { sshKeys: [id_ed25519.pub] }', '"id_ed25519.pub" is not a public key of ssh'],
    [`root: { sshKeys: ['${KEY.replace('GES/', '')}'] }`, 'the ssh-ed25519 key is not whole'],
    [`root: { sshKeys: ['${KEY.replace('ssh-ed25519', 'ssh-rsa')}'] }`, 'the ssh-rsa key is not whole'],
    ['root: { sshKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] }', 'this is a private key'],
    ['users: [{ uid: 1 }]', 'machine.users[0].name is missing'],
    ['users: [{ name: Alice }]', '"Alice" is not the name of a user'],
    ['users: [{ name: root }]', 'hint: write machine: { root: { … } } for it'],
    ['users: [{ name: a, uid: 0 }]', 'hint: 0 is root'],
    ['users: [{ name: a, uid: -1 }]', '-1 is not the number of a user'],
    ['users: [{ name: a }, { name: a }]', 'cake.yaml:4:32: two users have the name a'],
    ['users: [{ name: a, uid: 7 }, { name: b, uid: 7 }]', 'two users have the uid 7'],
    ['users: [{ name: a, home: "/x:y" }]', '"/x:y" cannot stand in /etc/passwd'],
    ['users: [{ name: a, comment: "x:y" }]', '"x:y" cannot stand in /etc/passwd'],
    ['users: [{ name: a, shell: bash }]', 'hint: write "/bash"'],
    ['users: [{ name: a, pasword: x }]', 'hint: did you mean "password"?'],
    ['services: { enable: [a/b] }', '"a/b" is not the name of a service'],
    ['services: { enabled: [] }', 'hint: did you mean "enable"'],
    ['network: { address: 10.0.0.1 }', 'hint: write 10.0.0.1/24'],
    ['network: { address: 10.0.0.1/33 }', 'is not an IP address with its prefix'],
    ['network: { gateway: 10.0.0.1 }', 'gateway goes with an address'],
    [
      'network: { address: 10.0.0.2/24, gateway: 10.0.1.1 }',
      'the gateway 10.0.1.1 is in the network of no address',
    ],
    ['network: { interface: a-name-that-is-long }', 'is not the name of an interface'],
    ['files: [{ path: /a }]', 'machine.files[0] must have one of the keys content, source'],
    ['files: [{ path: a, content: x }]', '"a" is not an absolute path'],
    ['files: [{ path: /a, content: x, owner: "a b" }]', '"a b" is not an owner'],
    ['hostnam: a', 'cake.yaml:4:3: unknown key "hostnam" in machine'],
  ])('refuses %s', async (text, message) => {
    expect(await refused(text)).toContain(message);
  });

  test('a key of it at the top is told where it belongs', async () => {
    const document = await parseRecipe('name: a\ncook: { base: { empty: true } }\nhostname: a\n', {
      name: 'cake.yaml',
      folder: '/',
    });
    await expect(checkDocument(document, [], '/')).rejects.toMatchObject({
      hint: 'hostname belongs into machine',
    });
  });
});
