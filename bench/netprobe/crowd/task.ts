/** What a process with sockets can be asked for, by name: what is told, and what comes back. */
export interface Tasks {
  /** Makes so many connections more, which stay until it ends. */
  readonly open: [told: number, null];
  /** Makes connections one after the other for so many seconds, each used for a byte each way, and closed. */
  readonly churn: [told: number, Churned];
}

/** Short connections that were made. */
export interface Churned {
  readonly connections: number;
  readonly seconds: number;
}

/** The messages between it and who asks: a task, and its outcome. */
export type Asked = { readonly [Name in keyof Tasks]: { readonly name: Name; readonly told: Tasks[Name][0] } }[keyof Tasks];
export type Outcome = { readonly value: unknown } | { readonly error: string };
