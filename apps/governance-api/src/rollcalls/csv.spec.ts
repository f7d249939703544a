import { describe, expect, it } from '@jest/globals';
import { parseCsv } from './csv.js';

describe('parseCsv', () => {
  it('names the fields of each line by the header', () => {
    expect(parseCsv('row,name\n1,BUSH\n2,SESSIONS\n')).toEqual([
      { row: '1', name: 'BUSH' },
      { row: '2', name: 'SESSIONS' },
    ]);
  });

  it.each([
    ['a comma inside quotes', '"a, b",2', { x: 'a, b', y: '2' }],
    ['a doubled quote', '"say ""no""",2', { x: 'say "no"', y: '2' }],
    ['a quoted field of nothing but a doubled quote', '"""",2', { x: '"', y: '2' }],
    ['a line end inside quotes', '"a\nb",2', { x: 'a\nb', y: '2' }],
    ['empty fields, quoted and bare', '"",', { x: '', y: '' }],
  ])('reads %s', (_what, line, expected) => {
    expect(parseCsv(`x,y\n${line}\n`)).toEqual([expected]);
  });

  it('reads carriage returns before line ends and a last line without one', () => {
    expect(parseCsv('x,y\r\n1,2\r\n3,4')).toEqual([
      { x: '1', y: '2' },
      { x: '3', y: '4' },
    ]);
  });

  it('keeps an empty last field at the very end of the text', () => {
    expect(parseCsv('x,y\n1,')).toEqual([{ x: '1', y: '' }]);
  });

  it('keeps column names such as __proto__ as plain columns', () => {
    const [record] = parseCsv('__proto__,y\nspoiled,2\n');
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(Object.entries(record ?? {})).toEqual([
      ['__proto__', 'spoiled'],
      ['y', '2'],
    ]);
  });

  it.each([
    ['an empty text', '', 'The CSV text is empty'],
    ['a quote that is never closed', 'x,y\n1,"2\n', 'CSV line 2: a quote is misplaced'],
    ['text after a closing quote', 'x,y\n"1"2,3\n', 'CSV line 2: a quote is misplaced'],
    ['a quote inside a bare field', 'x,y\n1"2,3\n', 'CSV line 2: a quote is misplaced'],
    ['too few fields', 'x,y\n"a\nb",2\n1\n', 'CSV line 4: 1 fields where the header has 2'],
    ['too many fields', 'x,y\n1,2,3\n', 'CSV line 2: 3 fields where the header has 2'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseCsv(text)).toThrow(message);
  });
});
