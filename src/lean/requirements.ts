/**
 * Merges requirements.txt texts as `lean` does: every requirement once, sorted, so that equal needs give equal text
 * whatever the order of files. Comments go; continued lines are joined. Options (`--extra-index-url …`) stay, first.
 * Empty when nothing is required.
 */
export function mergeRequirements(texts: readonly string[]): string {
  const lines = new Set(texts.flatMap(requirementLines));
  return [...lines].sort((a, b) => Number(b.startsWith('-')) - Number(a.startsWith('-')) || (a < b ? -1 : a > b ? 1 : 0)).join('\n');
}

/** The requirements of one text, normalized: pip's comments removed, blanks inside a version rule removed. */
export function requirementLines(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map(normalize);
}

function normalize(line: string): string {
  if (line.startsWith('-') || /:\/\/|[/\\]/.test(line)) return line;
  const [requirement = '', ...marker] = line.split(';');
  const rule = requirement.replace(/\s*(===|==|~=|!=|<=|>=|<|>|,)\s*/g, '$1').trim();
  return marker.length === 0 ? rule : `${rule}; ${marker.join(';').trim()}`;
}
