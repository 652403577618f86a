/** Says once how this run treats tests whose judges are missing. */
export default function banner(): void {
  const strict = process.env['RB_REQUIRE_ORACLES'] === '1';
  process.stderr.write(
    strict
      ? 'Oracles are required: a missing tool fails its tests.\n'
      : 'Tests whose tools or rights are missing are skipped loudly; RB_REQUIRE_ORACLES=1 makes them fail.\n',
  );
}
