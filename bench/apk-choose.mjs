/** One process that loads an index and chooses packages: node apk-choose.mjs REPOSITORY ROOT PACKAGE… */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDependencies, readIndexFile, requireDependency } from '../dist/formats/apk/index.js';
import { PackageTable } from '../dist/sources/alpine/package-table.js';
import { resolve } from '../dist/sources/alpine/resolve.js';
import { Universe } from '../dist/sources/alpine/universe.js';
import { KEY_NAME } from './apk-index.mjs';

const [repository, root, ...packages] = process.argv.slice(2);
const keys = new Map([[KEY_NAME, readFileSync(join(repository, KEY_NAME), 'utf8')]]);
const path = join(repository, 'x86_64/APKINDEX.tar.gz');
const index = new PackageTable(readIndexFile(readFileSync(path), keys, path));
const universe = new Universe([{ index }], readFileSync(join(root, 'lib/apk/db/installed')));
const world = parseDependencies(readFileSync(join(root, 'etc/apk/world'), 'utf8'));
const pause = () => undefined;
const { changes } = await resolve(universe, [...world, ...packages.map(requireDependency)], pause);
console.log(`${changes.length} changes`);
