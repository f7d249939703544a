import { describe, expect, test } from '@jest/globals';
import type { Flight, Seat, Validity } from './flights.js';
import { Flights } from './flights.js';

/** Something a flight depends on, which a test may invalidate. */
class Dependency implements Validity {
  good = true;

  stillGood(): boolean {
    return this.good;
  }

  vouched(): boolean {
    return true;
  }
}

/** The seat of the caller that flies, and what it was told. */
class Pilot implements Seat {
  readonly answer: Promise<unknown>;
  resolve: (value: unknown) => void = () => undefined;
  reject: (error: unknown) => void = () => undefined;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

const setUp = () => {
  const flights = new Flights<string>();
  const start = (key: string, validity: Validity = new Dependency()) => {
    const pilot = new Pilot();
    return { pilot, flight: flights.start(key, validity, pilot) };
  };
  return { flights, start };
};

/** Whether a promise is still pending after everything that can run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const waiting = Symbol('waiting');
  const turn = new Promise((resolve) => setImmediate(resolve, waiting));
  return (await Promise.race([promise, turn])) === waiting;
}

describe('a flight', () => {
  test('is found by its key, and by no other', () => {
    const { flights, start } = setUp();
    const { flight } = start('seed:1');
    expect(flights.find('seed:1')).toBe(flight);
    expect(flights.find('seed:2')).toBeUndefined();
  });

  test('answers the pilot before it lands, and those who joined when it lands', async () => {
    const { start } = setUp();
    const { pilot, flight } = start('seed:1');
    const joined = [flight.join(), flight.join()];
    flight.answer(Promise.resolve('acorn'));
    expect(await pilot.answer).toBe('acorn');
    expect(await isPending(Promise.race(joined))).toBe(true);
    flight.land('landed');
    expect(await Promise.all(joined)).toEqual(['landed', 'landed']);
  });

  test('leaves the list when it lands and when it fails, before anybody hears of it', async () => {
    const { flights, start } = setUp();
    const ends: ((flight: Flight<string>) => void)[] = [
      (flight) => flight.land('landed'),
      (flight) => flight.fail(new Error('no seeds')),
    ];
    for (const end of ends) {
      const { pilot, flight } = start('seed:1');
      pilot.answer.catch(() => undefined);
      const seen = flight.join().then(
        () => flights.find('seed:1'),
        () => flights.find('seed:1'),
      );
      end(flight);
      expect(flights.find('seed:1')).toBeUndefined();
      expect(await seen).toBeUndefined();
      expect(flights.size).toBe(0);
    }
  });

  test('fails for everybody aboard with the same error', async () => {
    const { start } = setUp();
    const { pilot, flight } = start('seed:1');
    const joined = [flight.join(), flight.join()];
    const error = new Error('no seeds');
    flight.fail(error);
    for (const one of [pilot.answer, ...joined]) await expect(one).rejects.toBe(error);
  });

  test('that fails alone leaves no rejection that nobody handles', async () => {
    const { start } = setUp();
    const { pilot, flight } = start('seed:1');
    flight.fail(new Error('no seeds'));
    // the run would end here with an unhandled rejection, were there a promise for those who never joined
    await expect(pilot.answer).rejects.toThrow('no seeds');
    expect(await isPending(new Promise(() => undefined))).toBe(true);
  });

  test('tells those who come after its end how it ended', async () => {
    const { start } = setUp();
    const landed = start('seed:1').flight;
    landed.land('landed');
    expect(await landed.join()).toBe('landed');
    const { pilot, flight: failed } = start('seed:2');
    pilot.answer.catch(() => undefined);
    failed.fail(new Error('no seeds'));
    await expect(failed.join()).rejects.toThrow('no seeds');
  });

  test('cannot be joined once something it depends on was invalidated', () => {
    const { flights, start } = setUp();
    const dependency = new Dependency();
    const { flight } = start('seed:1', dependency);
    expect(flights.find('seed:1')).toBe(flight);
    dependency.good = false;
    expect(flights.find('seed:1')).toBeUndefined();
  });

  test('that was forgotten is not found, but still lands for those aboard', async () => {
    const { flights, start } = setUp();
    const { flight } = start('seed:1');
    const joined = flight.join();
    flights.forget('seed:1');
    expect(flights.find('seed:1')).toBeUndefined();
    flight.land('landed');
    expect(await joined).toBe('landed');
  });

  test('does not take the next one off the list when it lands late', () => {
    const { flights, start } = setUp();
    const { flight: first } = start('seed:1');
    flights.forget('seed:1');
    const { flight: second } = start('seed:1');
    first.land('late');
    expect(flights.find('seed:1')).toBe(second);
  });

  test('is replaced by the next one under its key', () => {
    const { flights, start } = setUp();
    const { flight: first } = start('seed:1');
    const { flight: second } = start('seed:1');
    first.land('late');
    expect(flights.find('seed:1')).toBe(second);
    expect(flights.size).toBe(1);
  });

  test('alone is on no list', () => {
    const { flights } = setUp();
    flights.alone(new Dependency(), new Pilot());
    expect(flights.size).toBe(0);
  });
});

describe('all flights', () => {
  test('can be forgotten at once', () => {
    const { flights, start } = setUp();
    for (const key of ['seed:1', 'seed:2']) start(key);
    flights.forgetAll();
    expect(flights.find('seed:1') ?? flights.find('seed:2')).toBeUndefined();
  });

  test('are settled when the last one has landed or failed', async () => {
    const { flights, start } = setUp();
    const first = start('seed:1');
    const second = start('seed:2');
    second.pilot.answer.catch(() => undefined);
    const settled = flights.settled().then(() => 'settled');
    first.flight.land('landed');
    expect(await isPending(settled)).toBe(true);
    second.flight.fail(new Error('no seeds'));
    expect(await settled).toBe('settled');
  });
});
