import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether node_modules holds what package-lock.json asks for.
 * npm leaves its own account of a finished installation in node_modules/.package-lock.json; an interrupted one
 * leaves none. Comparing the two accounts takes milliseconds and needs no stamp of ours, so an `npm install`
 * by hand counts as well.
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  const complete = Object.entries(wanted).every(([path, entry]) => {
    // Optional packages of other platforms are rightly absent; the entry '' is the root itself.
    if (!present[path]) return path === '' || entry.optional === true;
    return isSame(entry, present[path]) && existsSync(join(root, path));
  });
  return complete && Object.keys(present).every((path) => path in wanted);
}

function isSame(wanted, present) {
  return ['version', 'integrity', 'resolved', 'link'].every((field) => {
    // `resolved` of a registry package may be left out of the committed lock; its integrity says enough.
    if (field === 'resolved' && !wanted.link) return true;
    return wanted[field] === present[field];
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
