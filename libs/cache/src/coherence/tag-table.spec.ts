import { describe, expect, test } from '@jest/globals';
import { Gate } from './gate.js';
import { TagTable } from './tag-table.js';

const gateOf = () => new Gate('always-open');

describe('the table of tags', () => {
  test('knows no nonce of a tag it has not read', () => {
    expect(new TagTable(10, gateOf).state('birds').nonce).toBeUndefined();
  });

  test('gives one object per tag, which holds what was learnt', () => {
    const table = new TagTable(10, gateOf);
    table.learn(table.mark('birds'), 'n1');
    expect(table.state('birds').nonce).toBe('n1');
    expect(table.state('birds')).toBe(table.mark('birds').state);
  });

  test('takes a missing nonce for not known', () => {
    const table = new TagTable(10, gateOf);
    table.learn(table.mark('birds'), 'n1');
    table.learn(table.mark('birds'), null);
    expect(table.state('birds').nonce).toBeUndefined();
  });

  test('refuses a nonce that was asked for before the tag was invalidated', () => {
    const table = new TagTable(10, gateOf);
    const asked = table.mark('birds');
    table.forget('birds');
    table.learn(asked, 'old');
    expect(table.state('birds').nonce).toBeUndefined();
    table.learn(table.mark('birds'), 'new');
    expect(table.state('birds').nonce).toBe('new');
  });

  test('an invalidation forgets the nonce and changes the generation that entries in memory compare', () => {
    const table = new TagTable(10, gateOf);
    const mark = table.mark('birds');
    table.learn(mark, 'n1');
    table.forget('birds');
    expect(mark.state.nonce).toBeUndefined();
    expect(mark.state.generation).not.toBe(mark.generation);
  });

  test('an invalidation of one tag leaves the others alone', () => {
    const table = new TagTable(10, gateOf);
    const mark = table.mark('seeds');
    table.learn(mark, 'n1');
    table.forget('birds');
    expect([mark.state.nonce, mark.state.generation]).toEqual(['n1', mark.generation]);
  });

  test('a state that is pushed out of the table can never vouch for an entry again', () => {
    const table = new TagTable(2, gateOf);
    const mark = table.mark('birds');
    table.learn(mark, 'n1');
    table.mark('seeds');
    table.mark('trees');
    expect(table.state('birds')).not.toBe(mark.state);
    expect(mark.state.nonce).toBeUndefined();
    expect(mark.state.generation).not.toBe(mark.generation);
    table.learn(mark, 'n1');
    expect(table.state('birds').nonce).toBeUndefined();
  });

  test('what is used stays, what is not used goes first', () => {
    const table = new TagTable(2, gateOf);
    const birds = table.state('birds');
    table.state('seeds');
    table.state('birds');
    table.state('trees');
    expect(table.state('birds')).toBe(birds);
  });

  test('forgetting everything spoils every mark', () => {
    const table = new TagTable(10, gateOf);
    const marks = ['birds', 'seeds', 'trees'].map((tag) => table.mark(tag));
    marks.forEach((mark) => table.learn(mark, 'n1'));
    table.forgetAll();
    for (const mark of marks) {
      expect(mark.state.nonce).toBeUndefined();
      expect(mark.state.generation).not.toBe(mark.generation);
      expect(table.state(mark.state.tag)).not.toBe(mark.state);
    }
  });

  test('knows of a tag it has kept whether it was quiet since a moment, and nothing of one it made later', () => {
    const table = new TagTable(10, gateOf);
    const [quiet, loud] = ['quiet', 'loud'].map((tag) => table.state(tag));
    const noted = table.moment;
    const quietSince = (tag: string) => table.quietSince(noted, table.state(tag));
    expect(['quiet', 'loud', 'later'].map(quietSince)).toEqual([true, true, true]);
    table.forget('loud');
    expect(['quiet', 'loud', 'later', 'latest'].map(quietSince)).toEqual([true, false, true, false]);
    expect([table.state('quiet'), table.state('loud')]).toEqual([quiet, loud]);
    table.forgetAll();
    expect(['quiet', 'loud'].map(quietSince)).toEqual([false, false]);
  });
});
