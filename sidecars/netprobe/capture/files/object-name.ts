import { basename } from 'node:path';

/**
 * The name of a file in a bucket, such as `web1/capture-000007-20260304T050607.890Z.pcapng`: the host, as replicas write to one bucket, and when something was
 * written to the file last, as numbers begin anew in a folder that is empty. A file that is uploaded once more gets the same one, and takes its own place.
 * @param path of the file. @param changed in milliseconds since 1970.
 */
export function captureObjectName(host: string, path: string, changed: number): string {
  const name = basename(path);
  const ending = /.(?<ending>(?:\.[^.]+)?(?:\.zst)?)$/.exec(name)?.groups?.ending ?? '';
  const time = new Date(changed).toISOString().replaceAll(/[-:]/g, '');
  return `${host}/${name.slice(0, name.length - ending.length)}-${time}${ending}`;
}
