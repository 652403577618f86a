import { describe, expect, it } from 'vitest';
import { encodeFileCapabilities } from '../../src/cook/shims/capability.ts';

const hex = (text: string) => {
  const value = encodeFileCapabilities(text);
  return value && Buffer.from(value).toString('hex');
};

/** Values as `getcap` and `getfattr -e hex` show them for files on ext4. */
describe('encodeFileCapabilities', () => {
  it.each([
    ['cap_net_raw+ep', '0100000200200000000000000000000000000000'],
    ['cap_net_raw=ep', '0100000200200000000000000000000000000000'],
    ['cap_net_bind_service=p', '0000000200040000000000000000000000000000'],
    ['cap_net_admin,cap_net_raw=eip', '0100000200300000003000000000000000000000'],
    ['CAP_CHOWN+ep cap_chown-e', '0000000201000000000000000000000000000000'],
    ['cap_bpf+p', '0000000200000000000000000000008000000000'.replace('00000080', '80000000')],
    ['=', '0000000200000000000000000000000000000000'],
  ])('%s', (text, expected) => {
    expect(hex(text)).toBe(expected);
  });

  it('spells all of them', () => {
    expect(hex('all=p')).toBe('00000002ffffffff00000000ff01000000000000');
  });

  it.each(['', 'cap_nothing+ep', 'cap_net_raw', 'cap_net_raw+z'])('%j is no capability', (text) => {
    expect(encodeFileCapabilities(text)).toBeUndefined();
  });
});
