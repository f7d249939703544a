/** What travels on the channels: names of keys or tags that are no longer valid, or the number of a beat. */
export type Message =
  | { readonly kind: 'keys'; readonly names: readonly string[] }
  | { readonly kind: 'tags'; readonly names: readonly string[] }
  | { readonly kind: 'beat'; readonly beat: number };

/** A message as text: one letter for its kind, then JSON. */
export function encodeMessage(message: Message): string {
  if (message.kind === 'beat') return `b${message.beat}`;
  return (message.kind === 'keys' ? 'k' : 't') + JSON.stringify(message.names);
}

/** A message from text, or `undefined` when it is none of ours. */
export function decodeMessage(text: string): Message | undefined {
  const body = text.slice(1);
  if (text.startsWith('b')) return /^\d+$/.test(body) ? { kind: 'beat', beat: Number(body) } : undefined;
  const kind = text.startsWith('k') ? 'keys' : text.startsWith('t') ? 'tags' : undefined;
  if (kind === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(body);
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined;
    return { kind, names };
  } catch {
    return undefined;
  }
}
