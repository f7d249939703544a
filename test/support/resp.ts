import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type RespReply = string | number | null | RespReply[];

/** An error that the server answered, such as `NOAUTH …`; its message is what the server wrote. */
export class RespError extends Error {
  override readonly name = 'RespError';
}

/**
 * Sends one command over its own connection and answers the reply, in RESP2.
 * The tests use it beside the client under test, so that a fault of the client cannot hide itself.
 * Rejects with a `RespError` for an error reply, and with a plain error without a reply in `timeout` ms.
 */
export function respCommand(port: number, args: readonly string[], timeout = 5_000): Promise<RespReply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      socket.destroy();
      finish();
    };
    socket.setTimeout(timeout, () =>
      settle(() => reject(new Error(`no answer to ${args[0]} from port ${port} in ${timeout} ms`))),
    );
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('close', () => reject(new Error(`port ${port} closed the connection before answering`)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      try {
        const parsed = parseReply(received, 0);
        if (parsed) settle(() => resolve(parsed.reply));
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    });
    socket.write(encodeCommand(args));
  });
}

/** A reply as `redis-cli` prints it into a pipe: nil is empty, an array has one item per line. */
export function asText(reply: RespReply): string {
  if (reply === null) return '';
  return Array.isArray(reply) ? reply.map(asText).join('\n') : String(reply);
}

/**
 * Asks servers again and again until there is an answer that is not `undefined`, and gives it.
 * A server that starts, dies or changes its role refuses for a while: a rejection means "not yet" as well, and
 * the last one is the cause of the error when the patience ends.
 */
export async function untilAnswered<T>(
  question: () => Promise<T | undefined>,
  what: string,
  patienceMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await question();
      if (answer !== undefined) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline)
      throw new Error(`in ${patienceMs} ms it did not come true that ${what}`, { cause });
    await sleep(20);
  }
}

function encodeCommand(args: readonly string[]): string {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${parts.join('')}`;
}

interface Parsed {
  readonly reply: RespReply;
  readonly end: number;
}

/** The reply that begins at `start`, or undefined while a part of it is still on its way. */
function parseReply(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const kind = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  if (kind === '+') return { reply: line, end };
  if (kind === ':') return { reply: Number(line), end };
  if (kind === '$') return parseBulk(bytes, Number(line), end);
  if (kind === '*') return parseArray(bytes, Number(line), end);
  if (kind === '-') throw new RespError(line);
  throw new Error(`not a RESP2 reply: ${kind}${line}`);
}

function parseBulk(bytes: Buffer, length: number, start: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start };
  const end = start + length + 2;
  if (bytes.length < end) return undefined;
  return { reply: bytes.toString('utf8', start, start + length), end };
}

function parseArray(bytes: Buffer, length: number, start: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start };
  const items: RespReply[] = [];
  let end = start;
  for (let index = 0; index < length; index += 1) {
    const item = parseReply(bytes, end);
    if (!item) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
