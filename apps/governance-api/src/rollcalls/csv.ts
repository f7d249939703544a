/** One record of a CSV text: its fields by the names in the header line. */
export type CsvRecord = Readonly<Record<string, string>>;

/**
 * One field and what ends it. A quoted field may hold commas, line ends and doubled quotes.
 * @see https://www.rfc-editor.org/rfc/rfc4180#section-2
 */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * The records of a CSV text whose first line names the columns.
 * Written out here because the data needs quotes understood and nothing more.
 * @throws Error with the line number when a quote is misplaced or a record has another number of fields than the header.
 */
export function parseCsv(text: string): CsvRecord[] {
  const [header, ...rows] = splitRows(text);
  if (!header) throw new Error('The CSV text is empty: a header line is needed.');
  return rows.map((row) => {
    if (row.fields.length !== header.fields.length) {
      const counts = `${row.fields.length} fields where the header has ${header.fields.length}`;
      throw new Error(`CSV line ${row.line}: ${counts}.`);
    }
    return Object.fromEntries(header.fields.map((name, index) => [name, row.fields[index] ?? '']));
  });
}

interface Row {
  readonly line: number;
  readonly fields: string[];
}

function splitRows(text: string): Row[] {
  const rows: Row[] = [];
  let line = 1;
  let row: Row = { line, fields: [] };
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length || row.fields.length > 0) {
    const match = FIELD.exec(text);
    if (!match) throw new Error(`CSV line ${line}: a quote is misplaced or never closed.`);
    const [whole, quoted, plain = '', end] = match;
    row.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    rows.push(row);
    row = { line, fields: [] };
  }
  return rows;
}
