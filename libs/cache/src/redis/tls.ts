import type { ConnectionOptions } from 'node:tls';

/** Text in PEM. */
export type Pem = string | Buffer;

/** How a server proves who it is, and how we do. Servers whose certificates Node trusts by itself need none of it. */
export interface RedisTls {
  /** The authorities whose certificates are accepted, in place of those that Node knows. */
  readonly ca?: Pem | readonly Pem[];
  /** The certificate that we show, for servers that ask for one; with `key`. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** The name that the server's certificate must hold, where the server is reached by another one. */
  readonly servername?: string;
  /** `false`: whoever answers is believed to be the server. Default `true`. */
  readonly rejectUnauthorized?: boolean;
}

/** What Node is told about TLS, or `undefined` where none is spoken. */
export function tlsOf(target: {
  readonly url?: string;
  readonly tls?: boolean | RedisTls;
}): ConnectionOptions | undefined {
  const { url = '', tls = url.startsWith('rediss://') } = target;
  if (typeof tls === 'boolean') return tls ? {} : undefined;
  const { ca, ...others } = tls;
  if (ca === undefined) return others;
  return { ...others, ca: typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...ca] };
}
