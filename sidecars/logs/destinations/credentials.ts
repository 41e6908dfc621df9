import type { OwnSettings } from './destination.ts';

/** What a destination is told of who we are. */
export type Credentials = Pick<OwnSettings, 'token' | 'user' | 'password' | 'headers' | 'cert' | 'key'>;

/** Header fields that belong to the connection: with another value no request would ever arrive. */
const headersOfConnection = ['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade'];

/**
 * What is wrong between the credentials of a destination: a sentence for each.
 * @param called what messages call a setting: `LOGS_TOKEN`.
 */
export function credentialProblems(credentials: Credentials, called: (key: keyof Credentials) => string): string[] {
  const { token, user, password, headers = {}, cert, key } = credentials;
  const problems: string[] = [];
  if (token !== undefined && user !== undefined)
    problems.push(`${called('token')} and ${called('user')} are both set; keep one of them`);
  if (password !== undefined && user === undefined)
    problems.push(`${called('password')} is set without ${called('user')}; set both or neither`);
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] = cert === undefined ? (['key', 'cert'] as const) : (['cert', 'key'] as const);
    problems.push(`${called(there)} is set without ${called(missing)}; set both or neither`);
  }
  // RFC 6750, section 2.1, and RFC 7617, section 2
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    problems.push(`${called('token')} holds a space, a line end or a character that is not ASCII; it has to be one word`);
  if (user?.includes(':')) problems.push(`${called('user')} holds a colon, which ends the name in basic authentication`);
  if ('authorization' in headers && (token !== undefined || user !== undefined)) {
    const other = token !== undefined ? called('token') : called('user');
    problems.push(`${called('headers')} names authorization, which ${other} sets; keep one of them`);
  }
  for (const name of headersOfConnection.filter((field) => field in headers))
    problems.push(`${called('headers')} names ${name}, which is set by the connection; leave it out`);
  return problems;
}
