/** What travels on the channels: names of keys or tags that are no longer valid, of keys gone stale, or the number of a beat. */
export type Message =
  | { readonly kind: 'keys'; readonly names: readonly string[] }
  | { readonly kind: 'stale'; readonly names: readonly string[] }
  | { readonly kind: 'tags'; readonly names: readonly string[] }
  | { readonly kind: 'beat'; readonly beat: number };

type Kind = Message['kind'];

const LETTERS: Readonly<Record<Kind, string>> = { keys: 'k', stale: 's', tags: 't', beat: 'b' };
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as Kind]));

/** A message as text: one letter for its kind, then JSON. */
export function encodeMessage(message: Message): string {
  const body = message.kind === 'beat' ? String(message.beat) : JSON.stringify(message.names);
  return LETTERS[message.kind] + body;
}

/** A message from text, or `undefined` when it is none of ours. */
export function decodeMessage(text: string): Message | undefined {
  const kind = KINDS.get(text.charAt(0));
  const body = text.slice(1);
  if (kind === undefined) return undefined;
  if (kind === 'beat') return /^\d+$/.test(body) ? { kind, beat: Number(body) } : undefined;
  try {
    const names: unknown = JSON.parse(body);
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined;
    return { kind, names };
  } catch {
    return undefined;
  }
}
