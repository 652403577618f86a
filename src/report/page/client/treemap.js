import { formatCount, formatShare, formatSize } from './format.js';
import { squarify } from './squarify.js';

/** @typedef {import('./squarify.js').Box} Box */

/**
 * A node as the page has it: name, bytes, entries below, and what is in it; a number in the place of a name stands
 * for so many small ones.
 *
 * @typedef {[name: string | number, bytes: number, entries?: number, children?: PackedNode[]]} PackedNode
 */

/** Pixels: of a folder's heading, of what is too small for words, of the gap between boxes. */
const HEADING = 22;
const ROOM = 44;
const GAP = 2;
/** Boxes of one folder that are drawn. */
const BOXES = 300;
const COLOURS = 8;
/** Of folders in the folder that is shown. */
const DEPTH = 3;
/** A folder with this part of all shows what is in it in colours of its own. */
const MOST = 0.6;

/** A picture of a tree's bytes whose folders can be entered, by click and by keyboard. */
class Treemap {
  /**
   * @param {HTMLElement} place
   * @param {PackedNode} root
   */
  constructor(place, root) {
    /** Nodes from the root to the folder that is shown. */
    this.path = [root];
    this.place = place;
    this.crumbs = find(place, '.crumbs');
    this.sum = find(place, '.sum');
    this.canvas = find(place, '.canvas');
    this.status = find(place, '.status');
    this.canvas.addEventListener('keydown', (event) => this.onKey(event));
    place.hidden = false;
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.draw();
  }

  get current() {
    return /** @type {PackedNode} */ (this.path.at(-1));
  }

  /** @param {PackedNode} node in the folder that is shown */
  enter(node) {
    if (!isFolder(node)) return;
    this.path.push(node);
    this.draw();
    this.focus(0);
  }

  /** @param {number} depth of the folder to go back to */
  leave(depth) {
    if (depth < 0 || depth >= this.path.length - 1) return;
    const from = /** @type {PackedNode} */ (this.path[depth + 1]);
    this.path.length = depth + 1;
    this.draw();
    this.focus(Math.max(0, (this.current[3] ?? []).indexOf(from)));
  }

  draw() {
    const [, bytes, entries = 0, children = []] = this.current;
    this.sum.textContent = `${pathOf(this.path)} holds ${formatSize(bytes)} (${formatCount(bytes)} bytes) in ${formatCount(entries)} entries.`;
    this.sum.dataset['bytes'] = String(bytes);
    this.drawCrumbs();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const shown = children.slice(0, BOXES);
    const boxes = squarify(
      shown.map((node) => node[1]),
      { x: 0, y: 0, width, height },
    );
    const had = this.canvas.contains(document.activeElement);
    this.canvas.setAttribute('aria-label', `What is in ${pathOf(this.path)}, by size`);
    this.canvas.replaceChildren(
      ...shown.map((node, index) => this.cell(node, index, /** @type {Box} */ (boxes[index]))),
    );
    this.tell(undefined);
    if (had) this.focus(0);
  }

  drawCrumbs() {
    this.crumbs.replaceChildren(
      ...this.path.map((node, depth) => {
        const item = document.createElement('li');
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = depth === 0 ? '/' : String(node[0]);
        if (depth === this.path.length - 1) button.setAttribute('aria-current', 'location');
        button.addEventListener('click', () => this.leave(depth));
        item.append(button);
        return item;
      }),
    );
  }

  /**
   * @param {PackedNode} node
   * @param {number} index
   * @param {Box} box
   */
  cell(node, index, box) {
    const cell = document.createElement('button');
    cell.type = 'button';
    cell.className = `cell ${colour(node, index)}${isFolder(node) ? ' folder' : ''}`;
    cell.tabIndex = index === 0 ? 0 : -1;
    cell.setAttribute('aria-label', this.words(node));
    if (!isFolder(node)) cell.setAttribute('aria-disabled', 'true');
    const inner = shrink(box);
    move(cell, inner);
    if (inner.width > ROOM && inner.height > HEADING)
      cell.append(label(nameOf(node), formatSize(node[1]), inner));
    drawInside(cell, node, inner, DEPTH, node[1] > MOST * this.current[1]);
    cell.addEventListener('click', () => this.enter(node));
    cell.addEventListener('focus', () => this.tell(node));
    cell.addEventListener('mouseenter', () => this.tell(node));
    return cell;
  }

  /** @param {PackedNode} node */
  words(node) {
    const [, bytes, entries = 0] = node;
    const kind =
      typeof node[0] === 'number' ? '' : isFolder(node) ? `folder of ${formatCount(entries)} entries, ` : '';
    return `${nameOf(node)}, ${kind}${formatSize(bytes)}, ${formatShare(bytes, this.current[1])}`;
  }

  /** @param {PackedNode | undefined} node */
  tell(node) {
    this.status.textContent = node
      ? `${this.words(node)} of ${pathOf(this.path)}`
      : 'Enter or click opens a folder, arrows move, Backspace or Escape goes up.';
  }

  /** @param {number} index */
  focus(index) {
    const cells = this.cells();
    for (const [at, cell] of cells.entries()) cell.tabIndex = at === index ? 0 : -1;
    cells[index]?.focus();
    if (cells.length === 0) this.canvas.focus();
  }

  cells() {
    return /** @type {HTMLElement[]} */ ([...this.canvas.children]);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const cells = this.cells();
    const at = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === 'Backspace' || event.key === 'Escape') this.leave(this.path.length - 2);
    else if (event.key === 'Home') this.focus(0);
    else if (event.key === 'End') this.focus(cells.length - 1);
    else if (event.key.startsWith('Arrow') && at >= 0) this.focus(neighbour(cells, at, event.key.slice(5)));
    else return;
    event.preventDefault();
  }
}

/**
 * The box that is nearest in a direction; the same one at the border.
 *
 * @param {readonly HTMLElement[]} cells
 * @param {number} from
 * @param {string} direction `Left`, `Right`, `Up` or `Down`
 */
function neighbour(cells, from, direction) {
  const boxes = cells.map((cell) => cell.getBoundingClientRect());
  const start = /** @type {DOMRect} */ (boxes[from]);
  let [best, nearest] = [from, Number.POSITIVE_INFINITY];
  for (const [index, box] of boxes.entries()) {
    const [right, down] = [box.left - start.right, box.top - start.bottom];
    const [left, up] = [start.left - box.right, start.top - box.bottom];
    const ahead = { Left: left, Right: right, Up: up, Down: down }[direction] ?? -1;
    if (index === from || ahead < -1) continue;
    const aside =
      direction === 'Left' || direction === 'Right' ? Math.max(up, down, 0) : Math.max(left, right, 0);
    const distance = ahead + 2 * aside + 0.001 * index;
    if (distance < nearest) [best, nearest] = [index, distance];
  }
  return best;
}

/**
 * A look at what a folder holds, for the eye only.
 *
 * @param {HTMLElement} cell
 * @param {PackedNode} node
 * @param {Box} box
 * @param {number} depth of folders that are drawn
 * @param {boolean} [isColoured] each in its own
 */
function drawInside(cell, [, , , children = []], { width, height }, depth, isColoured = false) {
  const room = { x: 3, y: HEADING, width: width - 8, height: height - HEADING - 5 };
  if (depth === 0 || children.length === 0 || room.width < ROOM || room.height < HEADING) return;
  const shown = children.slice(0, BOXES / 5);
  for (const [index, box] of squarify(
    shown.map((child) => child[1]),
    room,
  ).entries()) {
    const inner = shrink(box);
    if (inner.width < 2 || inner.height < 2) continue;
    const part = document.createElement('span');
    const child = /** @type {PackedNode} */ (shown[index]);
    part.className = isColoured ? `part ${colour(child, index)}` : 'part';
    part.setAttribute('aria-hidden', 'true');
    move(part, inner);
    if (inner.width > ROOM * 1.3 && inner.height > HEADING) part.append(label(nameOf(child), '', inner));
    drawInside(part, child, inner, depth - 1);
    cell.append(part);
  }
}

/**
 * @param {string} name
 * @param {string} size
 * @param {Box} box
 */
function label(name, size, { width }) {
  const words = document.createElement('span');
  words.className = 'label';
  const text = document.createElement('span');
  text.className = 'name';
  text.textContent = name;
  words.append(text);
  if (size !== '' && width > 2.5 * ROOM) {
    const small = document.createElement('span');
    small.className = 'size';
    small.textContent = size;
    words.append(small);
  }
  return words;
}

/**
 * @param {HTMLElement} element
 * @param {Box} box
 */
function move({ style }, { x, y, width, height }) {
  style.left = `${x}px`;
  style.top = `${y}px`;
  style.width = `${width}px`;
  style.height = `${height}px`;
}

/**
 * @param {Box} box
 * @returns {Box}
 */
function shrink({ x, y, width, height }) {
  return { x, y, width: Math.max(0, width - GAP), height: Math.max(0, height - GAP) };
}

/**
 * @param {PackedNode} node
 * @param {number} index among its siblings
 */
function colour([name], index) {
  return `c${typeof name === 'number' ? 'rest' : index % COLOURS}`;
}

/** @param {PackedNode} node */
function isFolder(node) {
  return (node[3]?.length ?? 0) > 0;
}

/** @param {PackedNode} node */
function nameOf([name]) {
  return typeof name === 'number' ? `${formatCount(name)} smaller ones` : name;
}

/** @param {readonly PackedNode[]} path */
function pathOf(path) {
  return `/${path
    .slice(1)
    .map((node) => node[0])
    .join('/')}`;
}

/**
 * @param {HTMLElement} place
 * @param {string} selector
 */
function find(place, selector) {
  return /** @type {HTMLElement} */ (place.querySelector(selector));
}

export function startTreemaps() {
  for (const place of document.querySelectorAll('.treemap')) {
    const data = place.querySelector('script')?.textContent;
    if (place instanceof HTMLElement && data) new Treemap(place, JSON.parse(data));
  }
}
