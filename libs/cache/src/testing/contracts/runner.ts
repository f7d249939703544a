/**
 * What a contract needs of a test runner: jest, vitest, mocha and node:test all have it. A contract takes it as an argument, so
 * that none of them has to be installed.
 */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
  beforeEach(body: () => Promise<void>): unknown;
  afterEach(body: () => Promise<void>): unknown;
}

/** Promises by the words in which they are made. `S`: what they are made about. */
export type Promises<S> = Readonly<Record<string, (subject: S) => void | Promise<void>>>;

/** What a contract is about, made anew for each promise. */
export interface Subjects<S> {
  readonly create: () => S | Promise<S>;
  readonly dispose?: (subject: S) => void | Promise<void>;
}

/** Declares a test for every promise, in groups. */
export function declareContract<S>(
  name: string,
  groups: Readonly<Record<string, Promises<S>>>,
  subjects: Subjects<S>,
  runner: TestRunner = globalRunner(),
): void {
  runner.describe(name, () => {
    let subject: S;
    runner.beforeEach(async () => {
      subject = await subjects.create();
    });
    runner.afterEach(async () => {
      await subjects.dispose?.(subject);
    });
    for (const [group, promises] of Object.entries(groups)) {
      runner.describe(group, () => {
        for (const [promise, body] of Object.entries(promises)) {
          runner.it(promise, async () => {
            await body(subject);
          });
        }
      });
    }
  });
}

/** @throws Error where the functions are not among the globals. */
function globalRunner(): TestRunner {
  const found = globalThis as unknown as Partial<TestRunner>;
  const { describe, it, beforeEach, afterEach } = found;
  if (describe && it && beforeEach && afterEach) return { describe, it, beforeEach, afterEach };
  throw new Error(
    'there are no describe, it, beforeEach and afterEach among the globals; give the contract your own',
  );
}
