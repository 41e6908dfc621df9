/** A moment as it stands in an id: `20261126T031500Z`. */
const stamp = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * The id of a backup that began at that moment: ids sort as the moments do.
 * @param salt six hexadecimal digits that tell two runs of one second apart.
 */
export function makeId(begun: Date, salt: string): string {
  return `${begun.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${salt}`;
}

/** When a backup began, to the second; undefined where the text is no id. */
export function timeOfId(id: string): Date | undefined {
  const [time = '', salt, ...more] = id.split('-');
  const parts = stamp.exec(time);
  if (parts === null || salt === undefined || !/^[0-9a-f]{6}$/.test(salt) || more.length > 0) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
