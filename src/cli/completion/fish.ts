import { allCommands, type CommandModel, type OptionModel, type WordKind } from './model.ts';

/** The completion script for fish 3. */
export function fishCompletion(model: CommandModel): string {
  const commands = allCommands(model);
  const named = commands.filter(([path]) => path !== '');
  return `# Completion of rootless-bake for fish.

# The command that the line names so far, with its part: cache prune.
function __rootless_bake_command
    set -l command ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$command/$word"
${named
  .map(([path, { name }]) => {
    const parent = path.slice(0, -name.length).trimEnd();
    return `            case ${quote(`${parent}/${name}`)}\n                set command ${quote(path)}`;
  })
  .join('\n')}
        end
    end
    echo $command
end

function __rootless_bake_is
    set -l command (__rootless_bake_command)
    test "$command" = "$argv"
end

complete -c rootless-bake -f
${commands.flatMap(([path, command]) => linesOf(path, command)).join('\n')}
`;
}

function linesOf(path: string, { parts, options, words }: CommandModel): string[] {
  const start = `complete -c rootless-bake -n ${quote(`__rootless_bake_is ${path || "''"}`)}`;
  const kinds = new Map(words.map((word) => [word.kind, word]));
  return [
    ...parts.map(({ name, description }) => `${start} -a ${name} -d ${quote(description)}`),
    ...[...kinds.values()].flatMap((word) =>
      word.kind === 'unknown' ? [] : [`${start} ${candidates(word)}`],
    ),
    ...options.map((option) => `${start} ${optionWords(option)}`),
  ];
}

function optionWords({ flags, description, value }: OptionModel): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const isFile = value?.kind === 'path' || value?.kind === 'recipe';
  const needs = value === undefined ? [] : [isFile ? '-r' : '-x'];
  const given = value === undefined || value.kind === 'unknown' ? [] : [candidates(value)];
  return [...names, ...needs, ...given, `-d ${quote(description)}`].join(' ');
}

function candidates(word: WordKind): string {
  switch (word.kind) {
    case 'words':
      return `-a ${quote(word.words.join(' '))}`;
    case 'recipe':
      return `-F -a ${quote(word.words.join(' '))}`;
    case 'path':
      return '-F';
    case 'folder':
      return `-a '(__fish_complete_directories)'`;
    case 'unknown':
      return '';
  }
}

/** In single quotes fish knows two escapes. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
