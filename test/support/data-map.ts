import type { DataRange } from '../../src/tree/content.ts';
import { judge } from './oracle.ts';

const SCRIPT = `
import json, os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
size, at, ranges = os.fstat(file).st_size, 0, []
while at < size:
    try:
        start = os.lseek(file, at, os.SEEK_DATA)
    except OSError:  # ENXIO: only a hole is left
        break
    at = os.lseek(file, start, os.SEEK_HOLE)
    ranges.append({"position": start, "length": at - start})
print(json.dumps(ranges))
`;

/** Where a file holds data, by the kernel's `SEEK_DATA` and `SEEK_HOLE`. Needs python3: Node.js has no lseek. */
export function dataMap(path: string): DataRange[] {
  return JSON.parse(judge('python3', ['-c', SCRIPT, path])) as DataRange[];
}
