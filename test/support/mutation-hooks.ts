import type { LoadHook } from 'node:module';
import type { MessagePort } from 'node:worker_threads';
import type { Replacement } from './mutation.js';

/** Hooks of the module loader that replace texts in the library's compiled files while they are loaded. */

interface Data {
  readonly replacements: readonly Replacement[];
  /** The folder of the compiled library, as a URL that ends in a slash. */
  readonly library: string;
  /** Hears of every replacement that was made, by its place in the list. */
  readonly port: MessagePort;
}

let data: Data | undefined;

export function initialize(given: Data): void {
  data = given;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (data === undefined) return loaded;
  const { replacements, library } = data;
  const wanted = replacements.filter(({ file }) => url === library + file);
  if (wanted.length === 0 || loaded.source == null) return loaded;
  let source =
    typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
  for (const one of wanted) {
    source = replaced(source, one);
    data.port.postMessage(replacements.indexOf(one));
  }
  return { ...loaded, source };
};

/** @throws Error unless the text is there exactly once: the library has changed, and the mutant must follow. */
function replaced(source: string, { file, find, put }: Replacement): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`a mutant no longer fits: ${count} times in ${file}: ${find}`);
  return source.replace(find, () => put);
}
