/** Options that stand for keys of a recipe's `bake`. */
export interface BakeFlags {
  readonly set?: readonly string[];
  readonly size?: string;
  readonly headroom?: string;
  /** False with `--no-check`. */
  readonly check: boolean;
}

/** What is set of a recipe; these options win over it and `--set`. */
export function bakeOverrides({ set = [], size, headroom, check }: BakeFlags): string[] {
  return [
    ...set,
    ...(size === undefined ? [] : [`bake.size=${size}`]),
    ...(headroom === undefined ? [] : [`bake.headroom=${headroom}`]),
    ...(check ? [] : ['bake.check=false']),
  ];
}
