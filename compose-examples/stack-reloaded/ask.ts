import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What a server answered, and which one of several it was. */
export interface Answer {
  readonly body: Buffer;
  readonly host: string;
}

/** Asks over a connection of its own: GET, or POST where there is a body. @throws Error where that fails or takes longer than 30 s. */
export async function ask(url: string, body?: Buffer): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST';
  const asked = request(url, { agent: false, method, signal: AbortSignal.timeout(30_000) });
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  asked.end(body);
  const [response] = await answered;
  const answer = { body: await buffer(response), host: String(response.headers['host-name']) };
  if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
  return answer;
}
