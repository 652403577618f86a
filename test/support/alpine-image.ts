import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DockerRegistry } from './docker-registry.ts';
import { judge } from './oracle.ts';

/** Alpine's minirootfs as an image, by other people's tools: `library/alpine:3.19` of a registry. Gives its digest. */
export function pushAlpineImage(registry: DockerRegistry, alpine: string, folder: string): string {
  const name = readdirSync(alpine).find((file) => file.startsWith('alpine-minirootfs-'))!;
  const layer = join(folder, 'layer.tar');
  writeFileSync(layer, gunzipSync(readFileSync(join(alpine, name))));
  const layout = join(folder, 'layout');
  judge('umoci', ['init', '--layout', layout]);
  judge('umoci', ['new', '--image', `${layout}:alpine`]);
  judge('umoci', ['raw', 'add-layer', '--image', `${layout}:alpine`, layer]);
  const target = `docker://${registry.host}/library/alpine:3.19`;
  judge('skopeo', ['copy', '-q', '--dest-tls-verify=false', `oci:${layout}:alpine`, target]);
  return judge('skopeo', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', target]).trim();
}
