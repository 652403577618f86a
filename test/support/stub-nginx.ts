import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRepository } from './apk-repository.ts';

/** Answers every connection with the page of the folder that the configuration names. */
const SERVER = `#!/bin/sh
root=$(sed -n 's/^\\troot \\(.*\\);$/\\1/p' /etc/nginx/http.d/default.conf)
if [ "$1" = answer ]; then
  read -r request
  printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'
  cat "$root/index.html"
else
  while true; do nc -l -p 80 -e "$0" answer; done
fi
`;

const SERVICE = `#!/sbin/openrc-run
command=/usr/sbin/nginx
command_background=yes
pidfile=/run/nginx.pid
depend() { need net; }
`;

/**
 * A repository with a package `nginx` in the place of the real one, which is not among the test data: a shell
 * script that reads the same configuration. Gives the `--set` options that add it to a recipe of Alpine.
 */
export function stubNginx(folder: string): string[] {
  const { publicKey } = makeRepository(folder, [
    {
      name: 'nginx',
      version: '1.24.0-r15',
      data: [
        { name: 'etc/init.d/nginx', body: SERVICE, mode: 0o755 },
        { name: 'usr/sbin/nginx', body: SERVER, mode: 0o755 },
      ],
    },
  ]);
  const key = join(folder, 'test@example.org-1.rsa.pub');
  writeFileSync(key, publicKey);
  chmodSync(key, 0o644);
  const main = 'https://dl-cdn.alpinelinux.org/alpine/v3.19/main';
  return ['--set', `cook.repositories=[${main}, ${folder}]`, '--set', `cook.apkKeys=[${key}]`];
}
