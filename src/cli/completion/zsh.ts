import { RECIPE_SUFFIXES } from '../../recipe/document.ts';
import { quoteWord } from '../../shell-words.ts';
import { allCommands, type CommandModel, type OptionModel, type WordKind } from './model.ts';

/** The completion script for zsh: a file of `fpath`, or to be sourced after `compinit`. */
export function zshCompletion(model: CommandModel): string {
  return `#compdef rootless-bake
# Completion of rootless-bake for zsh.

# The given names, folders, and files that may be recipes.
_rootless_bake_recipes() {
  _alternative "cakes:built-in cake:($*)" 'files:recipe:_files -g "*.(${RECIPE_SUFFIXES.join('|')})"'
}

${allCommands(model)
  .map(([path, command]) => commandFunction(path, command))
  .reverse()
  .join('\n')}
if [[ $funcstack[1] == _rootless_bake ]]; then
  _rootless_bake "$@"
else
  compdef _rootless_bake rootless-bake
fi
`;
}

function commandFunction(path: string, command: CommandModel): string {
  const { options, parts, words, isVariadic } = command;
  const specs = options.map(optionSpec);
  if (parts.length === 0) {
    const places = words.map((word, index) => {
      const place = isVariadic && index === words.length - 1 ? '*' : index + 1;
      return quoteWord(`${place}:${word.kind}:${action(word)}`);
    });
    return define(path, `_arguments -s -S ${[...specs, ...places].join(' \\\n    ')}`);
  }
  const described = parts.map(({ name, description }) =>
    quoteWord(`${name}:${description.replaceAll(/[\\:]/g, '\\$&')}`),
  );
  const cases = parts.map(({ name }) => `        ${name}) ${functionOf(`${path} ${name}`)} ;;`);
  return define(
    path,
    `local curcontext=$curcontext state line
  local -A opt_args
  _arguments -C -s -S ${[...specs, "'1: :->command'", "'*:: :->words'"].join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(
        ${described.join('\n        ')}
      )
      _describe -t commands command commands
      ;;
    words)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac`,
  );
}

function define(path: string, body: string): string {
  return `${functionOf(path)}() {\n  ${body}\n}\n`;
}

function functionOf(path: string): string {
  return `_rootless_bake${path.trim() === '' ? '' : `__${path.trim().replaceAll(/[^a-z]+/g, '_')}`}`;
}

/** Options with values may be repeated: some are meant to be, and the last of the others counts. */
function optionSpec({ flags, description, value }: OptionModel): string {
  const text = description.replaceAll(/[\\[\]:]/g, '\\$&');
  const rest = `[${text}]${value === undefined ? '' : `:${value.kind}:${action(value)}`}`;
  const [first, second] = flags;
  const prefix = value === undefined ? `(${flags.join(' ')})` : '*';
  return second === undefined
    ? quoteWord(`${prefix}${first}${rest}`)
    : `${quoteWord(prefix)}{${first},${second}}${quoteWord(rest)}`;
}

function action(word: WordKind): string {
  switch (word.kind) {
    case 'words':
      return `(${word.words.join(' ')})`;
    case 'recipe':
      return `_rootless_bake_recipes ${word.words.join(' ')}`;
    case 'path':
      return '_files';
    case 'folder':
      // _files itself would fall back to files.
      return '_path_files -/';
    case 'unknown':
      return ' ';
  }
}
