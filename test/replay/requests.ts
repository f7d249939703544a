import { exchange } from '../support/fleet-http.js';
import type { FleetAnswer } from '../support/fleet-http.js';
import type { Instance, Instances } from './instances.js';

/** Requests to instances, which knows how many votes each has in the air. */
export class Requests {
  readonly #inTheAir = new Map<Instance, number>();
  /** How many votes got no answer because their instance was killed. */
  unanswered = 0;

  constructor(private readonly instances: Instances) {}

  inTheAir(instance: Instance): number {
    return this.#inTheAir.get(instance) ?? 0;
  }

  /** @returns undefined when the instance was killed before it answered */
  get(instance: Instance, path: string): Promise<FleetAnswer | undefined> {
    return this.#send(instance, 'GET', path);
  }

  /** @returns undefined when the instance was killed before it answered */
  async put(instance: Instance, path: string, body: unknown): Promise<FleetAnswer | undefined> {
    this.#inTheAir.set(instance, this.inTheAir(instance) + 1);
    const answer = await this.#send(instance, 'PUT', path, JSON.stringify(body)).finally(() =>
      this.#inTheAir.set(instance, this.inTheAir(instance) - 1),
    );
    if (answer === undefined) this.unanswered++;
    return answer;
  }

  async #send(
    instance: Instance,
    method: string,
    path: string,
    body?: string,
  ): Promise<FleetAnswer | undefined> {
    try {
      return await exchange(instance.port, method, path, body);
    } catch (error) {
      if (this.instances.all.includes(instance)) throw error;
      return undefined;
    }
  }
}

/** The body of a success; another status is an answer too, and a wrong one where a success is due. */
export function bodyOf<T>({ status, text }: FleetAnswer): Partial<T> & { readonly status: number } {
  const body: unknown = text === '' ? {} : JSON.parse(text);
  return { ...(body as Partial<T>), status };
}
