// npm run check:write-behind -- [--seconds N] [--seed N] [--rate N] [--mutant NAME] [--bench] [--json]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const built = spawnSync('npx', ['tsc', '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
const main = join(root, 'test', '.out', 'test', 'write-behind-check', 'main.js');
const ran = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(ran.status ?? 1);
