import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findOnPath } from './find-redis.mjs';

// Asked by Debian's packages before they start a service; 101 forbids it.
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs `redis-server` where that needs nobody's consent: on Debian or Ubuntu, as root (a fresh container).
 * Only the program is wanted, since each test starts its own child: the distribution's service is kept from
 * starting, now and at the next boot. Everywhere else this does nothing.
 *
 * @param {(command: string[], env?: Record<string, string>) => Promise<number>} run
 */
export async function installRedisOnDebian(run) {
  if (process.getuid?.() !== 0 || !findOnPath('apt-get')) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if ((await run(['apt-get', 'update'], env)) !== 0)
      console.log('apt-get update failed; trying all the same');
    const code = await run(['apt-get', 'install', '-y', '--no-install-recommends', 'redis-server'], env);
    if (code === 0 && existsSync('/run/systemd/system')) await run(['systemctl', 'disable', 'redis-server']);
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}
