/** NixOS's channels by name: `nixos-24.05`, `nixpkgs-unstable`. */
export function isChannelName(channel: string): boolean {
  return /^(?:nixos|nixpkgs)-[A-Za-z0-9._-]+$/.test(channel);
}

/** Where a channel's list of store paths is: a URL or a path. */
export function channelLocation(channel: string): string {
  return isChannelName(channel) ? `https://channels.nixos.org/${channel}/store-paths.xz` : channel;
}
