import { describe, expect, test } from '@jest/globals';
import { Gate } from './gate.js';

describe('the gate of memory', () => {
  test('is closed at the start, however early it is', () => {
    expect(new Gate(2_000).trustedUntil).toBe(-Infinity);
  });

  test('opens for maxStaleness from the sending of a beat that came back, not from its return', () => {
    const gate = new Gate(2_000);
    gate.beatReturned(500);
    expect(gate.trustedUntil).toBe(2_500);
  });

  test('is not moved back by an older beat that returns late', () => {
    const gate = new Gate(2_000);
    gate.beatReturned(900);
    gate.beatReturned(400);
    expect(gate.trustedUntil).toBe(2_900);
  });

  test('closes, and opens again only by a beat', () => {
    const gate = new Gate(2_000);
    gate.beatReturned(500);
    gate.close();
    expect(gate.trustedUntil).toBe(-Infinity);
    gate.beatReturned(600);
    expect(gate.trustedUntil).toBe(2_600);
  });

  test('stands open for ever where there is one process and no channel', () => {
    const gate = new Gate('always-open');
    gate.close();
    gate.beatReturned(1);
    expect(gate.trustedUntil).toBe(Infinity);
  });

  test('is open no longer than the answer to who owns what is believed', () => {
    const gate = new Gate(2_000);
    gate.ownersConfirmed(100);
    gate.beatReturned(500);
    expect(gate.trustedUntil).toBe(2_100);
    gate.ownersConfirmed(900);
    expect(gate.trustedUntil).toBe(2_500);
  });
});
