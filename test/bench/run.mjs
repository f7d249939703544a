// npm run bench -- [name ...] [--seconds N]: builds, then runs the named benchmarks (all contests without a name), one JSON line each.
// `tags` measures what a million entries under one tag cost, `hot-question` two ways to keep results that change with each vote;
// both must be named.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const built = spawnSync('npx', ['tsc', '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
const main = join(root, 'test', '.out', 'test', 'bench', 'main.js');
const ran = spawnSync(process.execPath, ['--expose-gc', main, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(ran.status ?? 1);
