import type { Actor, Stage } from '../stage.ts';
import type { Form, FormName } from './form.ts';

/** What a shipper is told. */
export interface Task {
  readonly stage: Stage;
  /** The log files, as a glob. */
  readonly files: string;
  readonly ports: { readonly http: number; readonly tcp: number };
  /** An empty folder for its state and its settings. */
  readonly folder: string;
  readonly form: Form;
  /** Whether it ends when all is shipped, where it knows how to. */
  readonly once: boolean;
}

/** A program that ships log files to a sink. */
export interface Shipper {
  readonly name: string;
  /** A command that exits with 0 where PATH has it; undefined for what this repository brings along. */
  readonly probe?: readonly [command: string, ...args: string[]];
  /** In which forms it ships. */
  readonly forms: readonly FormName[];
  /** Whether it follows files as they grow; one that does not only ships what is there. */
  readonly follows: boolean;
  /** Whether it ends when all is shipped, if told so. */
  readonly ends: boolean;
  readonly start: (task: Task) => Actor;
}
