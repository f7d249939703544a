const MAX_LENGTH = 100;

/**
 * A wrong option as an error shows it: its JSON where it has some, else what kind of thing it is.
 * Never throws: what is wrong with it may be that it cannot be written at all.
 */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? kindOf(value) : text.slice(0, MAX_LENGTH);
  } catch {
    return kindOf(value);
  }
}

function kindOf(value: unknown): string {
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}
