/** One HTTP response, whole. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
  /** Whether another request may follow on the same connection. */
  readonly keepAlive: boolean;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_HEAD_BYTES = 65_536;

/**
 * Puts a response together from the chunks of a connection that has one request in the air.
 * Small on purpose: the driver of the demo shares two processors with what it measures.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */
export class ResponseReader {
  private buffered: Buffer = Buffer.alloc(0);

  /**
   * @returns the response once it is complete.
   * @throws Error when the bytes are no HTTP/1.1 response, or more than one.
   */
  push(chunk: Buffer): Reply | undefined {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    const headEnd = this.buffered.indexOf(HEAD_END);
    if (headEnd < 0) {
      if (this.buffered.length > MAX_HEAD_BYTES) throw new Error('The response has no end of its header.');
      return undefined;
    }
    const head = this.buffered.toString('latin1', 0, headEnd).toLowerCase();
    const status = statusOf(head);
    const body = readBody(this.buffered, headEnd + HEAD_END.length, { head, status });
    if (!body) return undefined;
    const rest = this.buffered.subarray(body.end);
    this.buffered = Buffer.alloc(0);
    if (status < 200) return rest.length > 0 ? this.push(rest) : undefined; // an interim response: the final one follows
    if (rest.length > 0) throw new Error('The server sent more than one response to a request.');
    return { status, body: body.content, keepAlive: !/\r\nconnection: *close/.test(head) };
  }
}

function statusOf(head: string): number {
  const match = /^http\/1\.1 ([1-5][0-9]{2})[ \r]/.exec(`${head}\r`);
  if (!match) throw new Error('The bytes are no HTTP/1.1 response.');
  return Number(match[1]);
}

interface Body {
  readonly content: Buffer;
  /** Where the response ends. */
  readonly end: number;
}

const EMPTY = Buffer.alloc(0);

function readBody(
  bytes: Buffer,
  start: number,
  { head, status }: { head: string; status: number },
): Body | undefined {
  if (status < 200 || status === 204 || status === 304) return { content: EMPTY, end: start };
  if (/\r\ntransfer-encoding: *chunked/.test(head)) return readChunks(bytes, start);
  const length = /\r\ncontent-length: *([0-9]{1,10})/.exec(head)?.[1];
  if (length === undefined) throw new Error('The response says neither its length nor that it is chunked.');
  const end = start + Number(length);
  return bytes.length < end ? undefined : { content: bytes.subarray(start, end), end };
}

function readChunks(bytes: Buffer, start: number): Body | undefined {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = /^([0-9a-f]{1,8})\s*(?:;|$)/i.exec(bytes.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) throw new Error('A chunk of the response has no size.');
    const from = lineEnd + LINE_END.length;
    const to = from + Number.parseInt(size, 16);
    if (to === from) return endOfTrailer(bytes, lineEnd, Buffer.concat(chunks));
    if (bytes.length < to + LINE_END.length) return undefined;
    chunks.push(bytes.subarray(from, to));
    at = to + LINE_END.length;
  }
}

/** After the last chunk come fields that nobody needs here, and an empty line. */
function endOfTrailer(bytes: Buffer, lastLineEnd: number, content: Buffer): Body | undefined {
  const end = bytes.indexOf(HEAD_END, lastLineEnd);
  return end < 0 ? undefined : { content, end: end + HEAD_END.length };
}
