type Body = () => Promise<void>;

interface Hooks {
  readonly before: readonly Body[];
  readonly after: readonly Body[];
}

interface Collected extends Hooks {
  readonly name: string;
  readonly body: Body;
}

/** A test runner that only collects, so that a spec can run a contract on what must not pass it. */
export class CollectingRunner {
  readonly #tests: Collected[] = [];
  #hooks: { before: Body[]; after: Body[] } = { before: [], after: [] };
  #path: readonly string[] = [];

  describe = (name: string, body: () => void): void => {
    const [hooks, path] = [this.#hooks, this.#path];
    this.#hooks = { before: [...hooks.before], after: [...hooks.after] };
    this.#path = [...path, name];
    body();
    [this.#hooks, this.#path] = [hooks, path];
  };

  it = (name: string, body: Body): void => {
    this.#tests.push({ ...this.#hooks, name: [...this.#path, name].join(' '), body });
  };

  beforeEach = (body: Body): void => void this.#hooks.before.push(body);
  afterEach = (body: Body): void => void this.#hooks.after.push(body);

  get count(): number {
    return this.#tests.length;
  }

  /** Runs everything; the names of what failed. */
  async failures(): Promise<string[]> {
    const failed: string[] = [];
    for (const { name, body, before, after } of this.#tests) {
      try {
        for (const hook of before) await hook();
        await body();
      } catch {
        failed.push(name);
      }
      for (const hook of after) await hook();
    }
    return failed;
  }
}
