import { describe, expect, it } from '@jest/globals';
import { ResponseReader, type Reply } from './http-response.js';

function read(text: string, cuts: readonly number[] = []): Reply | undefined {
  const bytes = Buffer.from(text);
  const reader = new ResponseReader();
  let reply: Reply | undefined;
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    reply = reader.push(bytes.subarray(from, to));
    from = to;
  }
  return reply;
}

const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n';
const TRAILED = CHUNKED.replace(/\r\n\r\n$/, '\r\nX-Sum: 5\r\n\r\n');
const INTERIM = `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${PLAIN}`;

describe('ResponseReader', () => {
  it.each([
    ['a length', PLAIN],
    ['chunks', CHUNKED],
    ['chunks and a trailer', TRAILED],
    ['an interim response before', INTERIM],
  ])('reads a response with %s, wherever it is cut', (_what, text) => {
    for (let cut = 0; cut < text.length; cut += 1) {
      const reply = read(text, [cut]);
      expect(reply).toMatchObject({ status: 200, keepAlive: true });
      expect(reply?.body.toString()).toBe('hello');
    }
  });

  it.each([
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    [
      'not modified, with the length of what it stands for',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
      304,
    ],
    ['a status without a reason', 'HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n', 503],
  ])('reads %s', (_what, text, status) => {
    expect(read(text)).toMatchObject({ status, body: Buffer.alloc(0) });
  });

  it('tells when the connection ends with the response', () => {
    expect(read(PLAIN.replace('Content-Type: text/plain', 'Connection: close'))?.keepAlive).toBe(false);
  });

  it('reads one response after the other', () => {
    const reader = new ResponseReader();
    expect(reader.push(Buffer.from(PLAIN))?.status).toBe(200);
    expect(reader.push(Buffer.from(PLAIN.replace('200 OK', '404 Not Found')))?.status).toBe(404);
  });

  it.each([
    ['other bytes', 'SSH-2.0-OpenSSH\r\n\r\n', 'no HTTP/1.1 response'],
    ['two responses at once', PLAIN + PLAIN, 'more than one response'],
    ['a response without a length', 'HTTP/1.1 200 OK\r\n\r\nx', 'neither its length'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'no size'],
    ['a header without end', 'x'.repeat(70_000), 'no end of its header'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
