import { expect, it } from 'vitest';
import { type Content, type DataRange, textContent } from '../../src/tree/content.ts';
import { compareContents, isSameContent } from '../../src/tree/same-content.ts';

const GIB = 2 ** 30;

/** A content that is zeros but for single bytes, and counts what is read of it. */
function sparse(size: number, bytes: Record<number, number>, data: readonly DataRange[]) {
  const counts = { read: 0, open: 0 };
  const content: Content = {
    size,
    data,
    open() {
      counts.open += 1;
      return {
        read(target, position) {
          counts.read += target.length;
          target.fill(0);
          for (const [at, byte] of Object.entries(bytes)) {
            if (Number(at) >= position && Number(at) < position + target.length)
              target[Number(at) - position] = byte;
          }
          return target.length;
        },
        close() {
          counts.open -= 1;
        },
      };
    },
  };
  return { content, counts };
}

it('reads nothing of what is a hole in both', () => {
  const data = [{ position: GIB, length: 4096 }];
  const [one, other] = [sparse(100 * GIB, { [GIB]: 7 }, data), sparse(100 * GIB, { [GIB]: 7 }, data)];
  expect(isSameContent(one.content, other.content)).toBe(true);
  expect([one.counts, other.counts]).toEqual([
    { read: 4096, open: 0 },
    { read: 4096, open: 0 },
  ]);
});

it('finds data of one in a hole of the other, whichever has it', () => {
  const none = (): Content => sparse(GIB, {}, []).content;
  const some = (): Content => sparse(GIB, { 5000: 1 }, [{ position: 4096, length: 4096 }]).content;
  expect(isSameContent(none(), some())).toBe(false);
  expect(isSameContent(some(), none())).toBe(false);
  const zeros = sparse(GIB, {}, [{ position: 4096, length: 4096 }]).content;
  expect(isSameContent(none(), zeros)).toBe(true);
});

it('reads what lies in both once', () => {
  const one = sparse(GIB, {}, [{ position: 0, length: 1 << 20 }]);
  const other = sparse(GIB, {}, [
    { position: 1 << 19, length: 1 << 20 },
    { position: 1 << 22, length: 1 },
  ]);
  expect(isSameContent(one.content, other.content)).toBe(true);
  expect(one.counts.read).toBe((1 << 20) + (1 << 19) + 1);
});

it('compares bytes where sizes are equal', () => {
  expect(isSameContent(textContent('one'), textContent('one'))).toBe(true);
  expect(isSameContent(textContent('one'), textContent('two'))).toBe(false);
  expect(isSameContent(textContent('one'), textContent('three'))).toBe(false);
});

it('closes both when it is given up', () => {
  const data = [{ position: 0, length: GIB }];
  const [one, other] = [sparse(GIB, {}, data), sparse(GIB, {}, data)];
  const comparison = compareContents(one.content, other.content);
  expect(comparison.next().done).toBe(false);
  expect(one.counts.open + other.counts.open).toBe(2);
  comparison.return(false);
  expect(one.counts.open + other.counts.open).toBe(0);
});
