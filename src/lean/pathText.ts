import { toHostPath, type SourceContext } from './sourcePaths';

const PATH = /(?<![\w./-])\/[\w.@+~%=,#-]+(?:\/[\w.@+~%=,#-]+)*/g;

/** A text with the container paths of mounts replaced by the host's. */
export function replacePaths(text: string, pathMap: SourceContext['pathMap']): string {
  if (!text.includes('/')) return text;
  return text.replace(PATH, (path) => toHostPath(path, pathMap) ?? path);
}
