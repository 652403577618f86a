import { GpgHome } from './gpg.ts';
import type { Stage } from './provocation.ts';
import { sha256 } from './small-image.ts';

export interface ReleaseSpec {
  readonly codename: string;
  /** What its index of packages says. */
  readonly packages: string;
}

/** Serves a signed release, made by hand and of one index; gives a content that takes `tool` from the release `test`. */
export function signedRelease(stage: Stage, { codename, packages }: ReleaseSpec): { content: object } {
  const gpg = new GpgHome();
  stage.atEnd(() => gpg.remove());
  const key = gpg.makeKey('Archive <archive@example.org>');
  const index = Buffer.from(packages);
  const path = 'main/binary-amd64/Packages';
  const release = [
    `Suite: ${codename}`,
    `Codename: ${codename}`,
    `Date: ${new Date().toUTCString()}`,
    'Architectures: amd64',
    'Components: main',
    'SHA256:',
    ` ${sha256(index)} ${index.length} ${path}`,
    '',
  ].join('\n');
  stage.serve(
    new Map([
      ['/dists/test/InRelease', gpg.clearsign(release, [key])],
      [`/dists/test/${path}`, index],
    ]),
  );
  const keyring = stage.work.file('archive.gpg', gpg.export([key]));
  return { content: { debian: 'tool', release: 'test', mirror: stage.server.url().slice(0, -1), keyring } };
}
