import { describe, expect, it } from 'vitest';
import {
  type GrubMachine,
  type GrubMenu,
  parseGrubScript,
  readGrubMenu,
} from '../../src/formats/grub/index.ts';

/** A disk with one file system, which has these files. */
function machine(files: Readonly<Record<string, string>> = {}, over: Partial<GrubMachine> = {}): GrubMachine {
  return {
    platform: 'pc',
    device: 'hd0,gpt1',
    folder: '/boot/grub',
    resolve: (device) => (device === 'hd0,gpt1' ? device : undefined),
    lookUp: (_, path) => (path in files ? { type: 'file', size: files[path]!.length } : undefined),
    read: (_, path) => files[path],
    list: (_, folder) =>
      Object.keys(files).flatMap((path) =>
        path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
      ),
    search: (_, name) => (name === 'own' ? { device: 'hd0,gpt1' } : { why: `nothing has ${name}` }),
    ...over,
  };
}

const read = (text: string, files?: Record<string, string>, over?: Partial<GrubMachine>): GrubMenu =>
  readGrubMenu(text, machine(files, over));

/** Entries as `title: kernel initrds | options`. */
function lines({ entries }: GrubMenu): string[] {
  return entries.map(({ titles, kernel, initrds, options, other }) => {
    const files = [kernel, ...initrds].map((file) => file && `${file.written}${file.place ? '' : '?'}`);
    return `${titles.join('>')}: ${other ?? files.join(' ')} | ${options}`;
  });
}

describe('a menu of GRUB', () => {
  it('has what its entries boot', () => {
    const menu = read(`
      menuentry 'Linux' --class os { search --no-floppy --fs-uuid --set=root own; linux16 /a root=x ro; initrd16 /b /c }
      submenu More { menuentry "in it" --id i { linuxefi (hd0,gpt1)/d\n initrdefi newc:etc/x:/e } }
      menuentry 'Other system' { chainloader +1; }
    `);
    expect(lines(menu)).toEqual([
      'Linux: /a /b /c | root=x ro',
      'More>in it: (hd0,gpt1)/d /e | ',
      'Other system: chainloader +1 | ',
    ]);
    expect([menu.default, menu.problems, menu.entries[1]!.id]).toEqual([0, [], 'i']);
  });

  const THREE =
    'menuentry a { true; }; submenu s { menuentry b --id bid { true; }; menuentry c { true; } }; menuentry d>e { true; }'.replace(
      'd>e',
      "'d>e' --id did",
    );
  it.each([
    ['0', 0],
    ['s>1', 2],
    ['1>bid', 1],
    ['s>c', 2],
    ['s>nothing', 1],
    ['d>>e', 3],
    ['did', 3],
    ['2', 3],
    ['9', 0],
    ['nothing', 0],
    ['', 0],
    ['s', undefined],
  ])('takes %o for the default', (value, index) => {
    const menu = read(`set default='${value}'\n${THREE}`);
    expect(menu.default).toBe(index);
    expect(menu.problems.length > 0).toBe(index === undefined);
  });

  it('says what depends on more than the disk tells', () => {
    const menu = read(`
      search --label --set=root away
      set name=$cmdpath
      menuentry one { linux /k root=$name; initrd (hd1,gpt1)/i }
      if cpuid -l; then set kind=64; menuentry two { linux (hd0,gpt1)/two; }; else set kind=32; fi
      menuentry three { if hwmatch x; then linux (hd0,gpt1)/a; else linux (hd0,gpt1)/b; fi; }
      set default=$kind
    `);
    expect(lines(menu)).toEqual([
      'one: /k? (hd1,gpt1)/i? | root=$cmdpath',
      'two: (hd0,gpt1)/two | ',
      'three:  | ',
    ]);
    expect(menu.default).toBeUndefined();
    expect(menu.problems).toEqual([
      'the default entry is not known: $kind: what line 5 asks for is not known here',
    ]);
    expect(menu.entries.map(({ problems }) => problems)).toEqual([
      [
        '$cmdpath: known at boot only',
        '$root: nothing has away',
        '(hd1,gpt1)/i: not on a file system that is read here',
      ],
      ['in the menu or not: what line 5 asks for is not known here'],
      ['the kernel: what line 6 asks for is not known here'],
    ]);
  });

  it('has no default behind entries that may not be there', () => {
    const text =
      'if cpuid -l; then menuentry a { true; }; fi; menuentry b --id b { true; }; menuentry c { true; }';
    expect([read(text).default, read(`set default=2; ${text}`).default]).toEqual([undefined, undefined]);
    expect(read(`set default=b; ${text}`).default).toBe(1);
  });

  it('asks the machine only what its own kind of GRUB would', () => {
    const text =
      'if [ $grub_platform = efi ]; then menuentry f { fwsetup; }; fwsetup --is-supported; fi; menuentry l { linux /k; }';
    expect(lines(read(text))).toEqual(['l: /k | ']);
    expect(lines(read(text, {}, { platform: 'efi' }))).toEqual(['f: fwsetup | ', 'l: /k | ']);
    const unknown = readGrubMenu(text, { ...machine(), platform: undefined } as unknown as GrubMachine);
    expect([unknown.entries.length, unknown.default]).toEqual([2, undefined]);
  });

  it('reads other files, and the environment', () => {
    const files = {
      '/boot/grub/grubenv': '# GRUB Environment Block\nsaved_entry=two\nextra=a b\n#####',
      '/boot/grub/part.cfg': 'menuentry one { linux /1; }\nreturn\nmenuentry never { true; }',
      '/boot/grub/other.cfg': 'export x; menuentry two { linux /2 $extra $kept; }; set default=two',
    };
    const menu = read(
      'load_env; set default=$saved_entry; source $prefix/part.cfg; menuentry two { linux /2 $extra; }; source /nothing',
      files,
    );
    expect([lines(menu), menu.default]).toEqual([['one: /1 | ', 'two: /2 | a b'], 1]);
    expect(menu.problems).toEqual(['source /nothing: not there']);
    const moved = read(
      'load_env; export extra; kept=no; configfile /boot/grub/other.cfg; menuentry x { true; }',
      files,
    );
    expect([lines(moved), moved.default, moved.problems]).toEqual([['two: /2 | a b'], 0, []]);
  });

  it('has the entries of the Boot Loader Specification, the newest first', () => {
    const entry = (version: string): string =>
      `title Linux ${version}\nlinux /vmlinuz-${version}\ninitrd /initrd-${version} $tuned_initrd\noptions $kernelopts $tuned_params x\n`;
    const files = {
      '/boot/grub/grubenv': '# GRUB Environment Block\nsaved_entry=0f-6.9.0\nkernelopts=root=UUID=own ro\n',
      '/loader/entries/0f-6.9.0.conf': entry('6.9.0'),
      '/loader/entries/0f-6.10.0.conf': entry('6.10.0'),
    };
    const menu = read(
      'load_env; set boot=hd0,gpt1; set default="$saved_entry"; insmod blscfg; blscfg',
      files,
    );
    expect(lines(menu)).toEqual([
      'Linux 6.10.0: /vmlinuz-6.10.0 /initrd-6.10.0 | root=UUID=own ro x',
      'Linux 6.9.0: /vmlinuz-6.9.0 /initrd-6.9.0 | root=UUID=own ro x',
    ]);
    expect([menu.default, menu.problems]).toEqual([1, []]);
    expect(read('blscfg').problems).toEqual(['blscfg: no entries are there']);
    expect(read('boot=hd7; blscfg', files).problems).toEqual([
      'blscfg: its entries are not on a file system that is read here',
    ]);
  });

  it.each([
    ['a loop', 'while true; do x=1; done', 'line 1: the script does not come to an end'],
    [
      'a call of itself',
      'function f {\nf\n}\nf',
      'line 2: functions and files call each other without an end',
    ],
    ['a file in itself', 'source /self', '/self: functions and files call each other without an end'],
    ['an unknown loop', 'while cpuid; do x=1; done', 'line 1: how often it is repeated is not known here'],
    [
      'an unknown end',
      'if cpuid; then return; fi',
      'line 1: whether the script goes on behind it is not known here',
    ],
    ['an unknown command', 'frobnicate', 'line 1: frobnicate is not known here'],
    ['a syntax error', 'true\nif x', 'line 3: then is missing; what is below is not followed'],
    ['menus in menus', 'function s {\nsubmenu x { s; }\n}\ns', 'not all of the entries are told'],
  ])('comes to an end with %s', (_, text, problem) => {
    const { entries, problems } = read(`${text}\nmenuentry late { linux /k; }\n`, {
      '/self': 'source /self',
    });
    expect(problems).toContain(problem);
    expect(entries.length).toBeLessThanOrEqual(1);
  });

  it('stays small, whatever a script doubles', () => {
    const doubling =
      'a=xxxxxxxxxxxxxxxx; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do a="$a$a"; done';
    const { entries } = read(`${doubling}; menuentry m { linux /k "$a"; }`);
    expect(entries[0]!.options.length).toBeLessThanOrEqual(1 << 14);
    expect(entries[0]!.problems).toEqual(['a text is too long']);
    const many = read(`for i in ${'1 '.repeat(9000)}; do menuentry "$i" { true; }; done`);
    expect(many.entries.length).toBeLessThanOrEqual(512);
  });
});

describe('what cannot be known', () => {
  const entries = 'menuentry a { linux /a }\nmenuentry b { linux /b }\n';
  const files = {
    '/menu.cfg': 'menuentry x { linux /x }\n',
    '/one.cfg': 'function f { set default=1; }\n',
    '/broken.cfg': 'set default=0\nif true; then\n',
  };

  it.each([
    [
      'a function that may return early',
      'function f { if cpuid -l; then return; fi; set default=1; }\nset default=0; f',
    ],
    ['another configuration that may come in its place', 'if cpuid -l; then configfile /menu.cfg; fi'],
    ['how often something is repeated', 'while cpuid -l; do set default=1; done'],
    [
      'which of two functions it is',
      'function f { set default=0; }\nif cpuid -l; then source /one.cfg; fi\nf',
    ],
    ['what is behind a fault', 'set default=0\nfi\nset default=1'],
    ['what is behind a fault in another file', 'source /broken.cfg'],
  ])('%s leaves no default, and is told', (_what, text) => {
    const menu = read(`${entries}${text}\n`, files);
    expect(menu.default).toBeUndefined();
    expect(menu.problems.join('\n')).toMatch(/the default entry is not known: .*line \d/);
  });

  it('does not matter where both ways come to the same', () => {
    const text = `source /one.cfg\nset default=0\nif cpuid -l; then true; else true; fi\nf\n`;
    expect(read(`${entries}${text}`, files)).toMatchObject({ default: 1, problems: [] });
  });
});

describe('a hostile script', () => {
  const big =
    'a=xxxxxxxxxxxxxxxx; for i in 1 2 3 4 5 6 7 8 9 10; do a="$a$a"; done; b="x y z x y z x y z x y z"';
  it.each([
    ['many words of a long text', `${big}; linux /k ${'$a '.repeat(300_000)}`],
    ['one word of them', `${big}; while true; do c=${'$a'.repeat(300_000)}; done`],
    [
      'words of words',
      `${big}; for i in 1 2 3; do b="$b $b $b $b"; done; while true; do echo ${'$b '.repeat(200_000)}; done`,
    ],
    ['itself, large', `source /self; source /self; ${'true; '.repeat(150_000)}`],
    ['a large environment', 'while true; do load_env --file /self; done'],
    ['many menus', `function m {\n${'submenu x { m; }; '.repeat(200)}true\n}\nm`],
    ['negations', `if [ ${'! '.repeat(100_000)}x ]; then true; fi`],
    ['parentheses', `if [ ${'( '.repeat(100_000)}x ]; then true; fi`],
    ['a long chain of elif', `if false; then true; ${'elif false; then true; '.repeat(50_000)} fi`],
    ['conditions that are not known', `set x=1; ${'if cpuid; then x=2; fi; '.repeat(30_000)}`],
  ])('comes to an end with %s', (_, text) => {
    const self = `# GRUB Environment Block\n${text}`;
    const { entries, problems } = read(`${text}\nmenuentry late { linux /k; }\n`, { '/self': self });
    expect(entries.length).toBeLessThanOrEqual(1);
    expect(problems.length).toBeLessThanOrEqual(20);
    expect(problems.join('').length).toBeLessThan(1 << 19);
  });
});

describe('a script of GRUB', () => {
  it('is read as far as it can be', () => {
    const { statements, problem } = parseGrubScript("a; b 'x' {\n c\n}\nfi\nd");
    expect(statements.map(({ kind, line }) => `${kind} ${line}`)).toEqual(['command 1', 'command 1']);
    expect(problem).toBe('line 4: fi is no command');
  });

  it.each([
    ["echo 'a", 'line 1: a quote is not closed'],
    ['\necho "a', 'line 2: a quote is not closed'],
    ['echo $', 'line 1: $ without the name of a variable'],
    ['a && b', 'line 1: & has no meaning in GRUB'],
    ['if a; then b', 'line 1: fi is missing'],
    ['a {', 'line 1: a command is expected'],
    [`${'if '.repeat(99)}`, 'line 1: more than 48 blocks in each other'],
  ])('%o is refused with its line', (text, problem) => {
    expect(parseGrubScript(text).problem).toBe(problem);
  });
});
