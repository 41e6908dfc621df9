import { type Attached, type How, Refused } from '../attached.ts';
import type { Problem, Wish } from '../wish/wish.ts';
import { spliced } from '../yaml/splice.ts';
import { YamlText } from '../yaml/yaml-text.ts';
import { findAliases } from './edits/aliases.ts';
import { addConfigMap, Edits } from './edits/edits.ts';
import { firstOf } from './edits/first.ts';
import { readAnnotation } from './manifest/annotation.ts';
import { findWorkloads, type Workload } from './manifest/workload.ts';
import { findTwins } from './plan/config-maps.ts';
import { type Plan, planOf } from './plan/plan.ts';
import { removeFromKubernetes } from './remove.ts';

/** A workload in the text as it was given, and what it asks for. */
interface Asked {
  readonly given: Workload;
  readonly wishes: readonly Wish[];
}

/** A workload in a text to which nothing is attached, and what is to be added to it. */
interface Planned extends Asked {
  readonly workload: Workload;
  readonly plan: Plan;
}

/** kubectl takes a file for JSON by its first character, and what is added is YAML. */
const isJson: Problem = {
  place: { line: 1, column: 1 },
  text: 'the file begins with a { and is JSON to kubectl; write its outermost map in lines, as YAML has them',
};

/** Attaches sidecars to the workloads of a manifest that ask for them by an annotation. @throws Refused with everything that is wrong */
export function attachKubernetes(text: string, how: How): Attached {
  const { file } = how;
  const problems: Problem[] = [];
  const body = text.replace(/^\ufeff/, '');
  const given = YamlText.parse(body, file);
  // what is wrong is told at its place in this text, whatever was attached to it before
  const asked = askedIn(given, body, problems);
  if (asked.length > 0 && body.trimStart().startsWith('{')) problems.push(isJson);
  demandNone(problems, file);
  const bare = removeFromKubernetes(body, file);
  const planned = plansFor(asked, YamlText.parse(bare, file), how, problems);
  for (const { given: workload, plan } of planned) findAliases(given, workload, plan, problems);
  demandNone(problems, file);
  const mark = text.slice(0, text.length - body.length);
  return { text: mark + written(bare, planned, file), changes: planned.flatMap(({ plan }) => plan.changes) };
}

function askedIn(yaml: YamlText, text: string, problems: Problem[]): Asked[] {
  const within = { text, placeOf: (offset: number) => yaml.placeOf(offset) };
  return findWorkloads(yaml, problems).map(({ workload: given, annotation }) => {
    return { given, wishes: readAnnotation(annotation, within, problems) };
  });
}

function plansFor(asked: readonly Asked[], bare: YamlText, how: How, problems: Problem[]): Planned[] {
  // they are the same ones in the same order
  const planned = findWorkloads(bare, problems).flatMap(({ workload }, index) => {
    const { given, wishes = [] } = asked[index] ?? {};
    if (given === undefined || wishes.length === 0) return [];
    return [{ given, wishes, workload, plan: planOf(workload, wishes, how, problems) }];
  });
  findTwins(bare, planned, problems);
  return planned;
}

/** The text with the plans carried out. */
function written(text: string, planned: readonly Planned[], file: string): string {
  const before = YamlText.parse(text, file);
  const firsts = planned.map(({ workload, plan }) => firstOf(text, before, workload, plan));
  const there = firsts.filter((splice) => splice !== undefined);
  const yaml = YamlText.parse(spliced(text, there), file);
  for (const [index, { workload, plan }] of planned.entries())
    new Edits(yaml, workload).carryOut(plan, firsts[index] !== undefined);
  for (const { workload, plan } of planned) if (plan.configMap !== undefined) addConfigMap(yaml, workload, plan.configMap);
  return yaml.toString();
}

function demandNone(problems: readonly Problem[], file: string): void {
  if (problems.length === 0) return;
  const inOrder = problems.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  throw new Refused(file, inOrder);
}
