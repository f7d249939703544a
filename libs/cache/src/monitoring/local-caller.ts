/** What is known of the caller of a route. */
export interface Caller {
  /** The address at the other end of the socket, not one that a header claims. */
  readonly peer: string | undefined;
  /** The request's headers, as Node gives them. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** `NODE_ENV`. */
  readonly environment: string | undefined;
}

const LOOPBACK = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/i;
const LOCAL_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

const FORWARDING = new Set(['forwarded', 'via', 'cdn-loop', 'x-host', 'x-cloud-trace-context']);
const FORWARDING_START =
  /^(x-forwarded|x-original|x-proxy|x-envoy-|x-amzn?-|x-azure-|x-arr-|x-appengine-|x-vercel-|cf-|fly-|fastly-|akamai-)/;
const FORWARDING_END = /(client|connecting|real|remote|originating|user)-?(ip|addr)$/;

/**
 * Whether a request was made by somebody at this machine, for whom the monitoring routes are open by default.
 * A loopback peer alone may be a proxy that speaks for a stranger, or a browser that a foreign name was rebound in; hence
 * the host must be local too, nothing may have been forwarded, and nobody is let in this way in production.
 */
export function isLocalCaller({ peer, headers, environment }: Caller): boolean {
  if (environment === 'production') return false;
  if (peer === undefined || !LOOPBACK.test(peer)) return false;
  return isLocalHost(headers) && !Object.keys(headers).some((name) => isForwarding(name.toLowerCase()));
}

/** HTTP/2 names the host in `:authority`; where both are given, both must be local. */
function isLocalHost(headers: Caller['headers']): boolean {
  const hosts = [headers.host, headers[':authority']].filter((host) => host !== undefined);
  return hosts.length > 0 && hosts.every((host) => typeof host === 'string' && LOCAL_HOST.test(host));
}

function isForwarding(name: string): boolean {
  return FORWARDING.has(name) || FORWARDING_START.test(name) || FORWARDING_END.test(name);
}
