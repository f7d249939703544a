import { afterEach } from '@jest/globals';

const before = new Map<string, string | undefined>();

/** Sets environment variables until the end of the test. */
export function setEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!before.has(name)) before.set(name, process.env[name]);
    process.env[name] = value;
  }
}

/** To be called once in a file that uses `setEnvironment`. */
export function restoreEnvironment(): void {
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    before.clear();
  });
}
