/**
 * Bytes for people, as the rest of the page has them.
 *
 * @param {number} bytes
 */
export function formatSize(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/**
 * @param {number} count
 */
export function formatCount(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * @param {number} part
 * @param {number} whole
 */
export function formatShare(part, whole) {
  const share = whole > 0 ? (100 * part) / whole : 0;
  return `${share >= 10 ? share.toFixed(0) : share.toFixed(1)} %`;
}
