import { MARKER_PREFIX } from '../../lean/plan';
import type { RunPhase } from '../../lean/run';

/** What the start script says to us. */
export type Marker =
  | { readonly kind: 'phase'; readonly phase: RunPhase }
  /** The container path that is missing. */
  | { readonly kind: 'not-visible'; readonly path: string }
  | { readonly kind: 'delivery-read' }
  /** A marker of a newer start script. */
  | { readonly kind: 'other'; readonly text: string };

const PHASES: readonly RunPhase[] = ['packages', 'compiling', 'building', 'loading'];

/** Reads a console line as a marker; undefined for a line that is for people. */
export function parseMarker(line: string): Marker | undefined {
  if (!line.startsWith(MARKER_PREFIX)) return undefined;
  const text = line.slice(MARKER_PREFIX.length).trim();
  const [word, rest] = split(text);
  const phase = word === 'phase' ? PHASES.find((known) => known === rest) : undefined;
  if (phase !== undefined) return { kind: 'phase', phase };
  if (word === 'not-visible' && rest !== '') return { kind: 'not-visible', path: rest };
  if (word === 'delivery-read') return { kind: 'delivery-read' };
  return { kind: 'other', text };
}

function split(text: string): readonly [string, string] {
  const space = text.indexOf(' ');
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}
