import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../src/cook/shims/command-line.ts';

const SPEC = {
  values: { o: 'owner', owner: 'owner', m: 'mode' },
  flags: { R: 'recursive', recursive: 'recursive', d: 'directory' },
};

const parse = (...args: string[]) => {
  const { flags, values, operands } = parseCommand(args, SPEC);
  return { flags: [...flags], values: Object.fromEntries(values), operands };
};

describe('parseCommand', () => {
  it('takes options anywhere', () => {
    expect(parse('a', '-R', 'b')).toEqual({ flags: ['recursive'], values: {}, operands: ['a', 'b'] });
  });

  it('takes values in every spelling', () => {
    const expected = { owner: 'root' };
    for (const args of [['-o', 'root'], ['-oroot'], ['--owner=root'], ['--owner', 'root'], ['-do', 'root']]) {
      expect(parse(...args).values).toEqual(expected);
    }
    expect(parse('-dm644', 'x')).toEqual({ flags: ['directory'], values: { mode: '644' }, operands: ['x'] });
  });

  it('takes everything after -- as it is', () => {
    expect(parse('--', '-R', '--owner')).toEqual({ flags: [], values: {}, operands: ['-R', '--owner'] });
  });

  it('passes over flags that it does not know', () => {
    expect(parse('-v', '--verbose', '-', 'x')).toEqual({ flags: [], values: {}, operands: ['-', 'x'] });
  });

  it('takes what looks like an option as an operand where told', () => {
    const { operands } = parseCommand(['-w', 'f'], { ...SPEC, operand: (word) => word === '-w' });
    expect(operands).toEqual(['-w', 'f']);
  });
});
