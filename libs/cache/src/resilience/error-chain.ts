/** Codes of sockets that broke, by the system, drivers and Prisma. */
export const BROKEN_SOCKET =
  /^(ECONN(RESET|ABORTED|REFUSED)|EPIPE|E(SOCKET)?TIMEDOUT|EHOSTUNREACH|PROTOCOL_CONNECTION_LOST|P10(01|02|08|17))$/;
/** What drivers say of a connection that broke, where they give no code. */
export const BROKEN_CONNECTION =
  /connection (was |is )?(terminated|closed|ended|lost|reset)|closed the connection|timed? ?out|terminating connection/i;

/** What an error says of itself. */
export interface Told {
  readonly code: string;
  readonly message: string;
}

/** Where libraries keep the error that they wrap. */
const WRAPPED = ['cause', 'driverError', 'originalError', 'parent'] as const;
const MAX_DEPTH = 8;

/** What an error says, and then everything that libraries have wrapped into it. Text that is none is `''`. */
export function toldBy(error: unknown, depth = 0): readonly Told[] {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return [];
  const { code, message, errors } = error as Record<string, unknown>;
  const inner = WRAPPED.map((name) => (error as Record<string, unknown>)[name]);
  const all: unknown[] = Array.isArray(errors) ? [...inner, ...(errors as unknown[])] : inner;
  const own = { code: textOf(code), message: textOf(message) };
  return [own, ...all.flatMap((one) => toldBy(one, depth + 1))];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
