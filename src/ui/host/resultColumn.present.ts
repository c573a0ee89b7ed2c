/** An editor group as far as it matters for where a result opens. Columns count from 1. */
export interface EditorGroup {
  readonly column: number;
  readonly active: boolean;
  /** Whether it holds result pages already. */
  readonly results: boolean;
}

/**
 * Where a result opens: with the other results when they stand beside what a person works on, else in a group that is
 * there, else in a new one. So the window is never cut into a third column by running twice.
 */
export function resultColumn(groups: readonly EditorGroup[], beside: boolean): number | 'beside' | 'active' {
  const others = groups.filter((group) => !group.active);
  const active = groups.find((group) => group.active)?.column ?? 1;
  const nearest = (some: readonly EditorGroup[]): number | undefined => [...some].sort((a, b) => Math.abs(a.column - active) - Math.abs(b.column - active) || b.column - a.column)[0]?.column;
  const withResults = nearest(others.filter((group) => group.results));
  if (!beside) return groups.some((group) => group.active && group.results) ? 'active' : (withResults ?? 'active');
  return withResults ?? nearest(others) ?? 'beside';
}
