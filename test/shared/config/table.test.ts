import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choice, duration, secret, text } from '#shared/config/kinds.ts';
import { defineProgram, flagName, type Options, option, optional, variableName } from '#shared/config/table.ts';
import { program as example, settingsOf } from './example.ts';

const define = (options: Options) => defineProgram({ name: 'probe', summary: '', adminPort: 1, examples: [], options });

test('names are made of the prefix and the key', () => {
  const program = define({
    maxLine: option(text, '', ''),
    password: optional(secret(text), ''),
    host: { ...option(text, '', ''), name: 'PGHOST' },
  });
  assert.equal(variableName(program, 'maxLine'), 'PROBE_MAX_LINE');
  assert.equal(flagName(program, 'maxLine'), '--max-line');
  assert.equal(variableName(program, 'host'), 'PGHOST');
  assert.equal(flagName(program, 'password'), undefined);
  assert.equal(variableName(program, 'grace'), 'SIDEKICK_GRACE');
});

test('names that Kubernetes injects, or that look like a _FILE companion, are refused', () => {
  for (const key of ['sinkPort', 'sinkServiceHost', 'sinkServicePort', 'sinkFile'])
    assert.throws(() => define({ [key]: option(text, '', '') }), /PROBE_SINK_.*must not end so/);
  define({ portal: option(text, '', ''), files: option(text, '', '') });
});

test('the types of settings follow from the table', () => {
  const settings = settingsOf({});
  const mood: 'calm' | 'eager' = settings.mood;
  const title: string | undefined = settings.title;
  const held: number | undefined = settings.maxHeld;
  assert.deepEqual([mood, title, held], ['calm', undefined, undefined]);
  // @ts-expect-error an optional text may be absent
  const certain: string = settings.title;
  // @ts-expect-error a duration is a number
  const pause: string = settings.pause;
  // @ts-expect-error settings do not change
  settings.once = true;
  // @ts-expect-error there is no such option
  assert.equal(settings.nonsense, undefined);
  assert.deepEqual([certain, pause], [undefined, 1000]);
  // @ts-expect-error the default has to be of the kind
  option(duration(), '3s', '');
  // @ts-expect-error and one of the words
  option(choice('a', 'b'), 'c', '');
  assert.equal(example.name, 'probe');
});
