import { strict as assert } from 'node:assert';
import { classify } from '../../codec/classify.js';
import type { PayloadCodec } from '../../codec/payload.js';
import type { ValueCodec } from '../../codec/value-codec.js';
import type { EncodedPayload } from '../../contracts/codec.js';
import { hostileBytes, portrait, storableValues, unstorableValues } from './codec-values.js';
import type { Promises, TestRunner } from './runner.js';
import { declareContract } from './runner.js';

const MAX_BYTES = 10_000_000;

/** The values that a codec says it brings back exactly. */
function exactFor(codec: ValueCodec): [what: string, value: unknown][] {
  return Object.entries(storableValues()).filter(([, value]) => {
    const shape = classify(value, MAX_BYTES, true);
    return shape.kind === 'storable' && codec.isExactFor(shape);
  });
}

const values: Promises<ValueCodec> = {
  'come back exactly as they were, where it says that it is exact': (codec) => {
    const exact = exactFor(codec);
    assert.ok(exact.length > 0, 'it must be exact for something');
    for (const [what, value] of exact) {
      assert.equal(portrait(codec.decode(codec.encode(value))), portrait(value), what);
    }
  },

  'are not changed by it': (codec) => {
    for (const [what, value] of exactFor(codec)) {
      const before = portrait(value);
      codec.encode(value);
      assert.equal(portrait(value), before, what);
    }
  },

  'are others each time they are decoded': (codec) => {
    const bytes = codec.encode([{ a: 1 }]);
    const [one, other] = [codec.decode(bytes), codec.decode(bytes)] as [{ a: number }[], { a: number }[]];
    assert.ok(one !== other && one[0] !== other[0]);
    one[0] = { a: 2 };
    assert.equal(other[0]?.a, 1);
  },
};

const bytes: Promises<ValueCodec> = {
  'of anybody give an error or a value, and never end the process': (codec) => {
    const { 'a list of alike objects': value } = storableValues();
    for (const hostile of hostileBytes(codec.encode(value))) {
      try {
        codec.decode(hostile);
      } catch {
        // as it should
      }
    }
  },
};

/** Declares a test for every promise of the port `ValueCodec`: one way a value becomes bytes and comes back. */
export function codecContract(name: string, codec: ValueCodec, runner?: TestRunner): void {
  declareContract(name, { 'its values': values, 'its bytes': bytes }, { create: () => codec }, runner);
}

function encoded(codec: PayloadCodec, value: unknown): EncodedPayload {
  const outcome = codec.encode(value);
  assert.ok(outcome.kind === 'encoded', `it refused ${portrait(value)}`);
  return outcome.payload;
}

function roundTrip(codec: PayloadCodec, value: unknown): unknown {
  const payload = encoded(codec, value);
  const outcome = codec.decode(payload.bytes, payload);
  assert.ok(outcome.kind === 'decoded', `it could not read ${portrait(value)} back`);
  return outcome.value;
}

const accepted: Promises<PayloadCodec> = {
  'comes back exactly as it was, whatever it is': (codec) => {
    for (const [what, value] of Object.entries(storableValues())) {
      const before = portrait(value);
      assert.equal(portrait(roundTrip(codec, value)), before, what);
      assert.equal(portrait(value), before, what);
    }
  },

  'is a copy that shares no memory with its bytes, nor with another copy': (codec) => {
    for (const [what, value] of Object.entries(storableValues())) {
      const payload = encoded(codec, value);
      const copies = [codec.decode(payload.bytes, payload), codec.decode(payload.bytes, payload)];
      payload.bytes.fill(0);
      for (const copy of copies) {
        assert.ok(copy.kind === 'decoded');
        assert.equal(portrait(copy.value), portrait(value), what);
      }
    }
  },

  'is frozen where it can be, and the original is not': (codec) => {
    const value = { list: [{ a: 1 }], map: new Map([['b', { c: 1 }]]) };
    const copy = roundTrip(codec, value) as typeof value;
    for (const part of [copy, copy.list, copy.list[0], copy.map.get('b')]) assert.ok(Object.isFrozen(part));
    for (const part of [value, value.list, value.list[0]]) assert.ok(!Object.isFrozen(part));
  },
};

const refused: Promises<PayloadCodec> = {
  'is what would not come back as it was, with a reason and without an error': (codec) => {
    for (const [what, value] of Object.entries(unstorableValues())) {
      const outcome = codec.encode(value);
      assert.equal(outcome.kind, 'refused', what);
      assert.ok(outcome.kind === 'refused' && outcome.reason.length > 0, what);
    }
  },

  'are the bytes of anybody that are not its own, without an error': (codec) => {
    const { 'a list of alike objects': value } = storableValues();
    const payload = encoded(codec, value);
    for (const hostile of hostileBytes(payload.bytes)) {
      assert.match(codec.decode(hostile, payload).kind, /^(decoded|invalid)$/);
    }
    assert.equal(codec.decode(Buffer.alloc(0), payload).kind, 'invalid');
  },
};

/** Declares a test for every promise of a PayloadCodec: it takes any value, chooses the way, and never throws. */
export function payloadContract(name: string, codec: PayloadCodec, runner?: TestRunner): void {
  const groups = { 'what it accepts': accepted, 'what it refuses': refused };
  declareContract(name, groups, { create: () => codec }, runner);
}
