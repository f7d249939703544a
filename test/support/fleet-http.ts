import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** What a process of the fleet answered. */
export interface FleetAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request to a process of the fleet under the one name they all have, as behind a load balancer. */
export function exchange(port: number, method: string, path: string, body?: string): Promise<FleetAnswer> {
  const headers = {
    host: 'fleet.test',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The body of a success. */
export async function requestText(
  port: number,
  method: string,
  path: string,
  body?: string,
): Promise<string> {
  const { status, text } = await exchange(port, method, path, body);
  if (status === 200) return text;
  throw new Error(`${method} ${path} answered ${status}: ${text}`);
}
