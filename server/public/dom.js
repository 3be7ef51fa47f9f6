// Small helpers around the document.

/** The element of that id. */
export const element = (id) => document.getElementById(id);

/** Makes an element with text or children in it. */
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

const numbers = new Intl.NumberFormat('en');
export const formatCount = (count) => numbers.format(count);
export const formatPercent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;

/** e.g. `1 car`, `62 cars`. */
export const plural = (count, one, many = `${one}s`) => `${formatCount(count)} ${count === 1 ? one : many}`;

export function formatBytes(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

export function formatSeconds(seconds) {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
