import {
  anything,
  authentication,
  backendKey,
  bound,
  columns,
  copy,
  fields,
  nothing,
  notification,
  parsed,
  row,
  type Shape,
  status,
  strings,
  target,
  types,
} from './shapes.ts';

/** A kind of message, by the byte it begins with. */
export interface PostgresKind {
  readonly name: string;
  readonly shape: Shape;
  /** How long it may be, by its length; undefined for any. */
  readonly longest?: number;
}

const bare = (name: string): PostgresKind => ({ name, shape: nothing, longest: 4 });
const short = (name: string, shape: Shape): PostgresKind => ({ name, shape, longest: 65_536 });
const any = (name: string, shape: Shape): PostgresKind => ({ name, shape });

/** What clients send (PostgreSQL: Frontend/Backend Protocol, Message Formats). */
export const fromClients: Readonly<Record<string, PostgresKind>> = {
  B: any('Bind', bound),
  C: short('Close', target),
  D: short('Describe', target),
  E: short('Execute', strings(1, 4)),
  F: short('FunctionCall', anything),
  H: bare('Flush'),
  P: any('Parse', parsed),
  Q: any('Query', strings(1)),
  S: bare('Sync'),
  X: bare('Terminate'),
  c: bare('CopyDone'),
  d: any('CopyData', anything),
  f: short('CopyFail', strings(1)),
  p: short('PasswordMessage', anything),
};

/** What servers send. */
export const fromServers: Readonly<Record<string, PostgresKind>> = {
  '1': bare('ParseComplete'),
  '2': bare('BindComplete'),
  '3': bare('CloseComplete'),
  A: short('NotificationResponse', notification),
  C: short('CommandComplete', strings(1)),
  D: any('DataRow', row),
  E: short('ErrorResponse', fields),
  G: short('CopyInResponse', copy),
  H: short('CopyOutResponse', copy),
  I: bare('EmptyQueryResponse'),
  K: short('BackendKeyData', backendKey),
  N: short('NoticeResponse', fields),
  R: short('Authentication', authentication),
  S: short('ParameterStatus', strings(2)),
  T: any('RowDescription', columns),
  V: short('FunctionCallResponse', anything),
  W: short('CopyBothResponse', copy),
  Z: { name: 'ReadyForQuery', shape: status, longest: 5 },
  c: bare('CopyDone'),
  d: any('CopyData', anything),
  n: bare('NoData'),
  s: bare('PortalSuspended'),
  t: short('ParameterDescription', types),
  v: short('NegotiateProtocolVersion', anything),
};
