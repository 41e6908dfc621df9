import { type Attached, type How, Refused } from '../attached.ts';
import type { Problem, Wish } from '../wish/wish.ts';
import { spliced } from '../yaml/splice.ts';
import { YamlText } from '../yaml/yaml-text.ts';
import { addConfigMap, Edits } from './edits/edits.ts';
import { firstOf } from './edits/first.ts';
import { readAnnotation } from './manifest/annotation.ts';
import { findWorkloads, valueAt, type Workload } from './manifest/workload.ts';
import { type Plan, planOf } from './plan/plan.ts';
import { removeFromKubernetes } from './remove.ts';

/** A workload and what is added to it. */
interface Planned {
  readonly workload: Workload;
  readonly plan: Plan;
}

/** Attaches sidecars to the workloads of a manifest that ask for them by an annotation. @throws Refused with everything that is wrong */
export function attachKubernetes(text: string, how: How): Attached {
  const problems: Problem[] = [];
  const body = text.replace(/^\ufeff/, '');
  const mark = text.slice(0, text.length - body.length);
  const wishes = wishesOf(body, how, problems);
  demandNone(problems, how);
  const bare = removeFromKubernetes(body, how.file);
  const planned = plansOf(bare, wishes, how, problems);
  demandNone(problems, how);
  return { text: mark + written(bare, planned, how), changes: planned.flatMap(({ plan }) => plan.changes) };
}

/** What each workload of a manifest asks for, with its places in that text. */
function wishesOf(text: string, { file }: How, problems: Problem[]): Wish[][] {
  const yaml = YamlText.parse(text, file);
  const within = { text, placeOf: (offset: number) => yaml.placeOf(offset) };
  return findWorkloads(yaml, problems).map(({ annotation }) => readAnnotation(annotation, within, problems));
}

/** The plans for a text to which nothing is attached, by the order of its workloads. */
function plansOf(text: string, wishes: readonly (readonly Wish[])[], how: How, problems: Problem[]): Planned[] {
  const yaml = YamlText.parse(text, how.file);
  const planned = findWorkloads(yaml, problems).flatMap(({ workload }, index) => {
    const own = wishes[index] ?? [];
    return own.length === 0 ? [] : [{ workload, plan: planOf(workload, own, how, problems), place: own[0]?.place }];
  });
  const names = new Set(
    yaml.documents.flatMap((document) => {
      const value: unknown = document.toJS();
      return valueAt(value, ['kind']) === 'ConfigMap'
        ? [idOf(valueAt(value, ['metadata', 'name']), valueAt(value, ['metadata', 'namespace']))]
        : [];
    }),
  );
  for (const {
    plan: { configMap },
    place,
  } of planned) {
    if (configMap === undefined || place === undefined) continue;
    const id = idOf(configMap.name, configMap.namespace);
    if (names.has(id))
      problems.push({
        place,
        text: `sidekick/attach.ambassador makes a ConfigMap ${configMap.name}, of which there is one already; rename that`,
      });
    names.add(id);
  }
  return planned;
}

/** The text with the plans carried out. */
function written(text: string, planned: readonly Planned[], { file }: How): string {
  const before = YamlText.parse(text, file);
  const firsts = planned.map(({ workload, plan }) => firstOf(text, before, workload, plan));
  const yaml = YamlText.parse(
    spliced(
      text,
      firsts.filter((splice) => splice !== undefined),
    ),
    file,
  );
  for (const [index, { workload, plan }] of planned.entries())
    new Edits(yaml, workload, file).carryOut(plan, firsts[index] !== undefined);
  for (const { workload, plan } of planned) if (plan.configMap !== undefined) addConfigMap(yaml, workload, plan.configMap);
  return yaml.toString();
}

function idOf(name: unknown, namespace: unknown): string {
  return `${namespace ?? ''}/${name}`;
}

function demandNone(problems: readonly Problem[], { file }: How): void {
  if (problems.length === 0) return;
  const inOrder = problems.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  throw new Refused(file, inOrder);
}
