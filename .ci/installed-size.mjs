/**
 * npm run check:size -- installs both packages as a user would, from the registry into an empty folder, and shows
 * how many packages that brings and how large they are. Fails above the limits.
 */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, pack } from './pack.mjs';

/** Without the optional packages. Small files take more of a disk than they hold. */
const LIMITS = { packages: 12, megabytes: 6, megabytesOnDisk: 11 };
/** In bytes; told by no disk, so that the limit means the same on all of them. */
const BLOCK = 4096;

const work = mkdtempSync(join(tmpdir(), 'rootless-bake-size-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));

npm(work, 'install', '--prefix', work, '--omit=optional', ...pack(work));
const required = installed();
npm(work, 'install', '--prefix', work, '--include=optional');
const optional = installed().filter(({ name }) => !required.some((one) => one.name === name));

show('required', required);
show('optional', optional);
const { bytes, disk } = total(required);
const { packages, megabytes, megabytesOnDisk } = LIMITS;
if (required.length > packages || bytes > megabytes * 1e6 || disk > megabytesOnDisk * 1e6) {
  const limits = `${packages} packages, ${megabytes} MB of files, and ${megabytesOnDisk} MB on disk`;
  process.stderr.write(`The limits are ${limits}.\n`);
  process.exit(1);
}

/** All packages under the folder, with the bytes of their files and what these and their folders take in blocks. */
function installed() {
  const lock = JSON.parse(readFileSync(join(work, 'node_modules/.package-lock.json'), 'utf8'));
  return Object.keys(lock.packages).map((path) => ({
    name: path.replace(/^.*node_modules\//, ''),
    ...sizeOf(join(work, path)),
  }));
}

function sizeOf(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.parentPath.slice(folder.length).includes('node_modules'))
    .map((entry) => ({ isFile: entry.isFile(), ...lstatSync(join(entry.parentPath, entry.name)) }));
  return {
    bytes: files.filter(({ isFile }) => isFile).reduce((sum, { size }) => sum + size, 0),
    disk: files.reduce((sum, { isFile, size }) => sum + (isFile ? Math.ceil(size / BLOCK) : 1) * BLOCK, 0),
  };
}

function total(packages) {
  const sum = (key) => packages.reduce((all, one) => all + one[key], 0);
  return { bytes: sum('bytes'), disk: sum('disk') };
}

function show(title, packages) {
  const lines = packages.toSorted((a, b) => b.bytes - a.bytes).map((one) => line(one.name, one));
  const head = line(`${packages.length} ${title} packages`, total(packages));
  process.stdout.write(`${[head, ...lines.map((text) => `  ${text}`)].join('\n')}\n`);
}

function line(name, { bytes, disk }) {
  return `${name}: ${inMegabytes(bytes)} of files, ${inMegabytes(disk)} on disk`;
}

function inMegabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
