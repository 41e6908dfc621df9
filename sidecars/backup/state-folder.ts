import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupLife } from './backup.ts';

/** Where the sidecar keeps what it remembers: sidecars with other names may share BACKUP_STATE. */
export function stateFolder({ settings }: Pick<BackupLife, 'settings'>): string {
  return join(settings.state, settings.name ?? '');
}

/** Makes that folder where it is missing. @throws the system's error. */
export async function makeStateFolder(life: Pick<BackupLife, 'settings' | 'origins'>): Promise<string> {
  // the default folder is a volume of the image; elsewhere it is made only where somebody has named it
  if (life.origins.state?.from === 'default') await access(life.settings.state);
  const folder = stateFolder(life);
  await mkdir(folder, { recursive: true });
  return folder;
}
