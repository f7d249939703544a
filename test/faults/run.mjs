// npm run check:faults -- [--json] [--list] [--only <name,name>]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const built = spawnSync('npx', ['tsc', '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
const main = join(root, 'test', '.out', 'test', 'faults', 'main.js');
// memory is compared after a collection
const args = ['--expose-gc', main, ...process.argv.slice(2)];
const ran = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(ran.status ?? 1);
