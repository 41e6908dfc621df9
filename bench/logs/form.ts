/** How a corpus is shipped: the names of the forms. */
export const formNames = ['ndjson', 'gzip', 'zstd', 'loki', 'docker', 'multiline'] as const;
export type FormName = (typeof formNames)[number];

/** A way to ship a corpus. */
export interface Form {
  readonly name: FormName;
  readonly title: string;
  /** Which files are shipped. */
  readonly corpus: 'plain' | 'docker';
  /** What one record is made of. */
  readonly unit: 'line' | 'record';
  /** What the sidecar is told, by the port of the sink. */
  readonly env: (port: number) => Readonly<Record<string, string>>;
  /** Whether the sink can count the records only when all are there. */
  readonly kept: boolean;
}

const toHttp = (port: number) => ({ LOGS_TO: `http://127.0.0.1:${port}/` });

export const forms: Readonly<Record<FormName, Form>> = {
  ndjson: { name: 'ndjson', title: 'NDJSON', corpus: 'plain', unit: 'line', kept: false, env: toHttp },
  gzip: {
    name: 'gzip',
    title: 'NDJSON, gzip',
    corpus: 'plain',
    unit: 'line',
    kept: true,
    env: (port) => ({ ...toHttp(port), LOGS_COMPRESS: 'gzip' }),
  },
  zstd: {
    name: 'zstd',
    title: 'NDJSON, zstd',
    corpus: 'plain',
    unit: 'line',
    kept: true,
    env: (port) => ({ ...toHttp(port), LOGS_COMPRESS: 'zstd' }),
  },
  loki: {
    name: 'loki',
    title: 'JSON of Loki',
    corpus: 'plain',
    unit: 'line',
    kept: true,
    env: (port) => ({ LOGS_TO: `loki+http://127.0.0.1:${port}/` }),
  },
  docker: {
    name: 'docker',
    title: "Docker's json-file to NDJSON",
    corpus: 'docker',
    unit: 'line',
    kept: false,
    env: toHttp,
  },
  multiline: {
    name: 'multiline',
    title: 'stack traces of Java as one record each',
    corpus: 'plain',
    unit: 'record',
    kept: false,
    env: (port) => ({ ...toHttp(port), LOGS_MULTILINE: 'java' }),
  },
};
