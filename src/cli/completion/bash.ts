import { RECIPE_SUFFIXES } from '../../recipe/document.ts';
import { quoteWord } from '../../shell-words.ts';
import { allCommands, type CommandModel, type WordKind } from './model.ts';

/** The completion script for bash 4.4 and newer; it needs nothing of the package bash-completion. */
export function bashCompletion(model: CommandModel): string {
  const commands = allCommands(model);
  const values = commands.flatMap(([path, { options }]) =>
    options.flatMap(({ flags, value }) =>
      value === undefined ? [] : [{ patterns: flags.map((flag) => `${path} ${flag}`), value }],
    ),
  );
  return `# Completion of rootless-bake for bash.

_rootless_bake_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

_rootless_bake_words() {
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

# The given names, folders, and files that may be recipes.
_rootless_bake_recipes() {
  local suffix
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(
    compgen -W "$*" -- "$cur"
    compgen -d -- "$cur"
    for suffix in ${RECIPE_SUFFIXES.join(' ')}; do compgen -f -X "!*.$suffix" -- "$cur"; done
  )
}

_rootless_bake() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' position=0 skip='' only_words='' word index
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == = ]]; then
      continue
    elif [[ $skip ]]; then
      skip=''
    elif [[ ! $only_words && $word == -- ]]; then
      only_words=1
    elif [[ ! $only_words && $word == -* ]]; then
      case "$command $word" in
${clause(
  values.flatMap(({ patterns }) => patterns),
  'skip=1',
)}
      esac
    else
      case "$command/$word" in
${commands
  .filter(([path]) => path !== '')
  .map(([path, { name }]) => {
    const parent = path.slice(0, -name.length).trimEnd();
    return `        ${quoteWord(`${parent}/${name}`)}) command=${quoteWord(path)} position=0 ;;`;
  })
  .join('\n')}
        *) position=$((position + 1)) ;;
      esac
    fi
  done
  if [[ $skip ]]; then
    case "$command $prev" in
${values
  .filter(({ value }) => value.kind !== 'unknown')
  .map(({ patterns, value }) => clause(patterns, complete(value)))
  .join('\n')}
    esac
  elif [[ ! $only_words && $cur == -* ]]; then
    case "$command" in
${commands
  .map(([path, { options }]) =>
    clause([path], `_rootless_bake_words ${options.flatMap(({ flags }) => flags).join(' ')}`),
  )
  .join('\n')}
    esac
  else
    case "$command:$position" in
${commands.flatMap(([path, command]) => positions(path, command)).join('\n')}
    esac
  fi
}

complete -F _rootless_bake rootless-bake
`;
}

/** What may stand at each place of a command. */
function positions(path: string, { parts, words, isVariadic }: CommandModel): string[] {
  if (parts.length > 0) {
    return [clause([`${path}:0`], `_rootless_bake_words ${parts.map(({ name }) => name).join(' ')}`)];
  }
  return words.flatMap((word, index) => {
    if (word.kind === 'unknown') return [];
    const isLast = isVariadic && index === words.length - 1;
    return [`      ${quoteWord(`${path}:`)}${isLast ? '*' : index}) ${complete(word)} ;;`];
  });
}

function clause(patterns: readonly string[], action: string): string {
  return `      ${patterns.map(quoteWord).join(' | ')}) ${action} ;;`;
}

function complete(word: WordKind): string {
  switch (word.kind) {
    case 'words':
      return `_rootless_bake_words ${word.words.join(' ')}`;
    case 'recipe':
      return `_rootless_bake_recipes ${word.words.join(' ')}`;
    case 'path':
      return '_rootless_bake_paths -f';
    case 'folder':
      return '_rootless_bake_paths -d';
    case 'unknown':
      return ':';
  }
}
