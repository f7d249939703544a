import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** A request to a process of the fleet under the one name they all have, as behind a load balancer; the body of a success. */
export function requestText(port: number, method: string, path: string, body?: string): Promise<string> {
  const headers = {
    host: 'fleet.test',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(text)
          : reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`)),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
