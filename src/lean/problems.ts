import type { LogFacts } from './logFacts';
import type { AlgorithmLanguage } from './model';
import type { RunProblem } from './run';

/** What belongs into the Problems panel: compiler messages and tracebacks, and the error that ended the run. No doubles. */
export function problemsOf(facts: LogFacts, language: AlgorithmLanguage): readonly RunProblem[] {
  const { error } = facts;
  if (error?.location === undefined || error.kind === 'build') return facts.problems;
  const { file, line } = error.location;
  const said = facts.problems.some(
    (problem) => problem.severity === 'error' && problem.location.file === file && problem.location.line === line,
  );
  if (said) return facts.problems;
  const ofLanguage = error.kind === 'syntax' || error.kind === 'import';
  const source = ofLanguage && language === 'Python' ? 'python' : 'lean';
  return [...facts.problems, { severity: 'error', message: error.message, source, location: error.location }];
}
