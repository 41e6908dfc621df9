import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The sizes of a layer, or of several together. */
export interface LayerSize {
  /** Bytes as gzip makes them, which is close to what a registry sends. */
  readonly gzipped: number;
  /** Bytes unpacked. */
  readonly raw: number;
}

/** What one image adds to the base. */
export interface ImageSize {
  /** The name it was asked for by. */
  readonly image: string;
  /** All layers of its own. */
  readonly whole: LayerSize;
  /** The uppermost layer alone: for a sidecar, its bundle. */
  readonly top: LayerSize;
}

/**
 * Measures images of the local Docker.
 * @param images the base first: its layers count for it alone, and the others are measured by what they add
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
  const base = new Set<string>();
  const sizes: ImageSize[] = [];
  for (const image of images) {
    const saved = manifest.find(({ RepoTags }) => RepoTags?.includes(image.includes(':') ? image : `${image}:latest`));
    if (saved === undefined) throw new Error(`docker save did not name ${image} in its manifest.json`);
    const own = saved.Layers.filter((layer) => !base.has(layer));
    if (sizes.length === 0) for (const layer of own) base.add(layer);
    const measured = await Promise.all(own.map((layer) => measureLayer(join(folder, layer))));
    sizes.push({ image, whole: sum(measured), top: sum(measured.slice(-1)) });
  }
  return sizes;
}

/**
 * The sizes of one layer: a tar file that is not compressed, which is how the Docker Engine saves the images it built.
 * The gzip program compresses as registries' clients do; Node's own zlib is tuned for speed and makes 3 % more of it.
 */
async function measureLayer(file: string): Promise<LayerSize> {
  const gzip = spawn('gzip', ['--stdout', '--no-name', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(gzip, 'close');
  let gzipped = 0;
  for await (const chunk of gzip.stdout) gzipped += chunk.length;
  const [code] = await ended;
  if (code !== 0) throw new Error(`gzip ended with ${code} for the layer ${file}`);
  return { gzipped, raw: statSync(file).size };
}

function sum(layers: readonly LayerSize[]): LayerSize {
  return layers.reduce(({ gzipped, raw }, layer) => ({ gzipped: gzipped + layer.gzipped, raw: raw + layer.raw }), {
    gzipped: 0,
    raw: 0,
  });
}
