/** How the URL of a destination may begin, without the colon, and what it then speaks. */
const receivers = {
  stdout: 'stdout',
  http: 'http',
  https: 'http',
  file: 'file',
  'loki+http': 'loki',
  'loki+https': 'loki',
  'elasticsearch+http': 'elasticsearch',
  'elasticsearch+https': 'elasticsearch',
  'opensearch+http': 'elasticsearch',
  'opensearch+https': 'elasticsearch',
  'syslog+udp': 'syslog',
  'syslog+tcp': 'syslog',
  'syslog+tls': 'syslog',
  s3: 's3',
} as const;

/** What takes records; OpenSearch is spoken to as Elasticsearch is. */
export type Receiver = (typeof receivers)[keyof typeof receivers];

/** How the URL of a destination may begin, without the colon. */
export const schemes = Object.keys(receivers) as readonly (keyof typeof receivers)[];

/** What the URL of a destination leads to. @throws Error where its scheme is none of {@link schemes}. */
export function receiverOf({ protocol }: URL): Receiver {
  const receiver = receivers[protocol.slice(0, -1) as keyof typeof receivers];
  if (receiver === undefined) throw new Error(`there is no destination with ${protocol}`);
  return receiver;
}

/** Whether it is spoken to by HTTP with credentials of LOGS_…; S3 has its own. */
export function speaksHttp({ protocol }: URL): boolean {
  return /^([a-z]+\+)?https?:$/.test(protocol);
}

/** Whether it shows a certificate. */
export function speaksTls({ protocol }: URL): boolean {
  return /(https|\+tls):$/.test(protocol);
}
