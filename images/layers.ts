import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What one image adds to the one it is built on. */
export interface ImageSize {
  /** The name it was asked for by. */
  readonly image: string;
  /** Bytes of its own layers as gzip makes them, which is close to what a registry sends. */
  readonly gzipped: number;
  /** Bytes of its own layers unpacked. */
  readonly raw: number;
}

/**
 * Measures images of the local Docker. A layer counts for the first image in the list that has it, so with the base named
 * first the others are measured by what they add.
 * @throws Error with the words of the docker command, where Docker or one of the images is missing.
 */
export async function imageSizes(images: readonly string[]): Promise<ImageSize[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sidekick-layers-'));
  try {
    const archive = join(folder, 'images.tar');
    await run('docker', ['save', '--output', archive, ...images]);
    await run('tar', ['-xf', archive, '-C', folder]);
    return await sizesOf(folder, images);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sizesOf(folder: string, images: readonly string[]): Promise<ImageSize[]> {
  const manifest: { RepoTags: string[] | null; Layers: string[] }[] = JSON.parse(
    readFileSync(join(folder, 'manifest.json'), 'utf8'),
  );
  const counted = new Set<string>();
  const sizes: ImageSize[] = [];
  for (const image of images) {
    const saved = manifest.find(({ RepoTags }) => RepoTags?.includes(image.includes(':') ? image : `${image}:latest`));
    if (saved === undefined) throw new Error(`docker save did not name ${image} in its manifest.json`);
    const own = saved.Layers.filter((layer) => !counted.has(layer));
    for (const layer of own) counted.add(layer);
    const measured = await Promise.all(own.map((layer) => measureLayer(join(folder, layer))));
    sizes.push({ image, gzipped: sum(measured.map(({ gzipped }) => gzipped)), raw: sum(measured.map(({ raw }) => raw)) });
  }
  return sizes;
}

/**
 * The sizes of one layer: a tar file that is not compressed, which is how the Docker Engine saves the images it built.
 * The gzip program compresses as registries' clients do; Node's own zlib is tuned for speed and makes 3 % more of it.
 */
async function measureLayer(file: string): Promise<{ gzipped: number; raw: number }> {
  const gzip = spawn('gzip', ['--stdout', '--no-name', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(gzip, 'close');
  let gzipped = 0;
  for await (const chunk of gzip.stdout) gzipped += chunk.length;
  const [code] = await ended;
  if (code !== 0) throw new Error(`gzip ended with ${code} for the layer ${file}`);
  return { gzipped, raw: statSync(file).size };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
