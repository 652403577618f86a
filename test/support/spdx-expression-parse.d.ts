/** The package has no types. */
declare module 'spdx-expression-parse' {
  /** Throws when the text is no licence expression. */
  export default function parse(text: string): unknown;
}
