let lastText = '';
let lastHash = 0;

/**
 * A 32-bit hash of text: FNV-1a over UTF-16 units, its halves folded so that the low bits are good. Not for secrets.
 * The last one is remembered, for a call asks for the hash of its key several times in a row.
 */
export function hash32(text: string): number {
  if (text === lastText) return lastHash;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  lastText = text;
  lastHash = (hash ^ (hash >>> 16)) >>> 0;
  return lastHash;
}
