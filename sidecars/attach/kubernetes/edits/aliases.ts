import { isAlias, type Node } from 'yaml';
import type { Problem } from '../../wish/wish.ts';
import type { YamlText } from '../../yaml/yaml-text.ts';
import { type Path, valueAt, type Workload } from '../manifest/workload.ts';
import type { Plan } from '../plan/plan.ts';

/** Finds what a plan would add to and what comes from an alias (`*name`, `<<`): it stands elsewhere, and could not be given back as it was. */
export function findAliases(yaml: YamlText, { document, spec, container }: Workload, plan: Plan, problems: Problem[]): void {
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    initContainers: plan.sidecars,
    volumes: plan.volumes,
    hostAliases: plan.hostAliases,
    securityContext: [...plan.sysctls, ...(plan.group === undefined ? [] : [plan.group])],
  };
  const paths: Path[] = Object.keys(lists).flatMap((key) => (lists[key]?.length ? [[key]] : []));
  if (plan.mounts.length > 0) paths.push(['containers', container, 'volumeMounts']);
  if (plan.sysctls.length > 0) paths.push(['securityContext', 'sysctls']);
  const told = new Set<string>();
  for (const path of paths.map((each) => [...spec, ...each]))
    for (const [index] of path.entries()) {
      const prefix = path.slice(0, index + 1);
      const place = aliasAt(yaml, document, prefix);
      if (place === undefined) continue;
      const text = `${prefix.join('.')} comes from an alias, and entries are to be added to it; write it out`;
      if (!told.has(text)) problems.push({ place: yaml.placeOf(place), text });
      told.add(text);
      break;
    }
}

/** Where the alias is that brings what is at a path; undefined where it stands there itself, or there is nothing. */
function aliasAt(yaml: YamlText, index: number, path: Path): number | undefined {
  const document = yaml.documents[index];
  const node = document?.getIn(path, true) as Node | null | undefined;
  if (isAlias(node)) return node.range?.[0];
  if (node !== undefined || valueAt(document?.toJS(), path) === undefined) return undefined;
  const holder = document?.getIn(path.slice(0, -1), true) as Node | undefined;
  return holder?.range?.[0] ?? document?.range[0];
}
