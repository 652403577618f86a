/** Asks the real shells what they would complete, by the scripts of `completion`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Gives the candidates for the last word of a line, sorted; a shell that says anything else fails. */
export type Complete = (words: readonly string[]) => string[];

/** @param folder where the shell works; `script` is written there, outside of `files` */
export function completeInBash(script: string, cwd: string): Complete {
  return (words) => {
    const program = `
      source "$1"; shift
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _rootless_bake rootless-bake "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return candidates('bash', ['--norc', '--noprofile', '-c', program, 'bash', script, ...words], cwd);
  };
}

export function completeInFish(script: string, cwd: string): Complete {
  return (words) =>
    candidates(
      'fish',
      ['--no-config', '-c', `source $argv[1]; complete -C $argv[2]`, script, words.join(' ')],
      cwd,
      // A candidate, a tab, its description.
    ).map((line) => line.split('\t')[0]!);
}

/** In a pseudo-terminal of zsh's own, whose completion widget prints what it is given. */
export function completeInZsh(script: string, cwd: string): Complete {
  const inner = join(cwd, '..', 'inner.zsh');
  writeFileSync(
    inner,
    `
PROMPT= PS2=
autoload -Uz compinit && compinit -u -D
source ${script}
compadd() {
  # Options that only ask are passed through.
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -O hits "$@"
  for hit in $hits; do print -r -- "HIT $hit"; done
  builtin compadd "$@"
}
complete-and-tell() { print BEGIN; zle complete-word; print END; zle kill-whole-line }
zle -C complete-word complete-word _main_complete
zle -N complete-and-tell
bindkey '^I' complete-and-tell
zstyle ':completion:*' list-grouped false
unsetopt beep
print READY
`,
  );
  const outer = `
    zmodload zsh/zpty
    zpty shell "zsh -f -i"
    zpty -w shell "source $1"
    zpty -r shell line '*READY*'
    zpty -w -n shell "$2"$'\\t'
    zpty -r shell line '*END*'
    print -r -- $line
    zpty -d shell`;
  return (words) =>
    candidates('zsh', ['-f', '-c', outer, 'zsh', inner, words.join(' ')], cwd).flatMap(
      (line) => /HIT (.*?)\r?$/.exec(line)?.slice(1) ?? [],
    );
}

function candidates(shell: string, args: readonly string[], cwd: string): string[] {
  const { status, stdout, stderr, error } = spawnSync(shell, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd, TERM: 'dumb' },
    timeout: 5 * 60_000,
  });
  if (error || stderr !== '') throw new Error(`${shell}: exit ${status}: ${error ?? ''}${stderr}`);
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))].sort();
}
