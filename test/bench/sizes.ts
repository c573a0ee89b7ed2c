import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import type { Section } from './report';

const VSIX_KB = 2000;
const HOST_KB = 400;

/** The files of a packed extension, by path inside it. */
export async function unpackVsix(vsix: string): Promise<Readonly<Record<string, Uint8Array>>> {
  return unzipSync(await readFile(vsix));
}

/** (d) What a person downloads, and what every window loads. */
export async function measureSizes(vsix: string): Promise<Section> {
  const files = await unpackVsix(vsix);
  const size = (name: string): number => {
    const file = files[`extension/dist/${name}`];
    if (file === undefined) throw new Error(`The .vsix has no dist/${name}.`);
    return file.length / 1000;
  };
  const packed = (await readFile(vsix)).length / 1000;
  const host = size('extension.js');
  const others = Object.keys(files).filter((name) => /^extension\/dist\/[^/]+\.js$/.test(name) && !name.endsWith('/extension.js'));
  const pages = Object.entries(files).filter(([name]) => name.startsWith('extension/dist/webviews/'));
  return {
    title: 'Sizes',
    how: 'Measured on the packed extension, minified. The host bundle is what VS Code loads to activate; the other chunks are loaded on first use.',
    figures: [
      { what: '.vsix', ours: kilobytes(packed), against: '', value: packed, budget: VSIX_KB, unit: ' kB' },
      { what: 'host bundle', ours: kilobytes(host), against: '', value: host, budget: HOST_KB, unit: ' kB' },
    ],
    notes: [
      ...others.map((name) => [`lazy chunk ${name.split('/').at(-1) ?? name}`, kilobytes((files[name]?.length ?? 0) / 1000)] as const),
      ['pages, with fonts', kilobytes(pages.reduce((sum, [, file]) => sum + file.length, 0) / 1000)],
    ],
  };
}

const kilobytes = (value: number): string => `${value.toFixed(0)} kB`;
