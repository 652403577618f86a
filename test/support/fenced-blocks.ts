/** A fenced block of JavaScript in a Markdown text, and what the text says that it prints. */
export interface Example {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
  /** `node` or `browser` behind the fence's `js`: it runs there only. */
  readonly platform: 'both' | 'node' | 'browser';
  /** The fenced `text` block that follows at once. */
  readonly output: string;
}

const block = /^```(\w+) ?(\w*)\n(.*?)^```$/gms;

/**
 * The JavaScript examples of a Markdown text, in order.
 * @throws {Error} for one that the text shows no output of, or with an unknown word behind `js`
 */
export function examplesOf(markdown: string): Example[] {
  const blocks = [...markdown.matchAll(block)];
  return blocks.flatMap(([, language, platform, code], index): Example[] => {
    if (language !== 'js') return [];
    const line = markdown.slice(0, blocks[index]!.index).split('\n').length;
    const next = blocks[index + 1];
    if (next?.[1] !== 'text') throw new Error(`line ${line}: no output is shown of the example`);
    if (platform !== '' && platform !== 'node' && platform !== 'browser') {
      throw new Error(`line ${line}: an example runs in node or browser, not in ${platform}`);
    }
    return [{ line, code: code!, platform: platform || 'both', output: next[3]! }];
  });
}
