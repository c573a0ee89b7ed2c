import * as z from 'zod/mini';

const optional = z.exactOptional;
const text = z.string();
const number = z.number();

const location = z.object({ file: text, line: optional(number), column: optional(number) });

const outcome = z.object({
  kind: z.enum([
    'success', 'quit', 'stopped', 'killed', 'killed-from-outside', 'runtime-error', 'initialization-error', 'syntax-error', 'import-error', 'build-error',
    'packages-error', 'algorithm-not-found', 'data-missing', 'out-of-memory', 'abort', 'launch-failed', 'container-lost', 'unknown',
  ]),
  message: text,
  location: optional(location),
  details: optional(text),
  exitCode: optional(number),
});

const progress = z.object({
  rangeStart: optional(number),
  rangeEnd: optional(number),
  simulatedTo: optional(number),
  fraction: optional(number),
  secondsLeft: optional(number),
  pointsPerSecond: optional(number),
  dataPoints: optional(number),
});

const figures = z.object({
  netProfit: optional(number),
  sharpeRatio: optional(number),
  drawdown: optional(number),
  totalOrders: optional(number),
  totalFees: optional(number),
  compoundingAnnualReturn: optional(number),
  endEquity: optional(number),
  capacity: optional(number),
});

const problem = z.object({
  severity: z.enum(['error', 'warning']),
  message: text,
  code: optional(text),
  source: z.enum(['python', 'csharp', 'lean']),
  location,
});

const snapshot = z.object({
  id: text.check(z.minLength(1)),
  kind: z.enum(['backtest', 'live', 'optimization']),
  workspaceFolder: text,
  projectFolder: text,
  projectName: text,
  folder: text,
  name: text,
  origin: z.enum(['workbench', 'elsewhere']),
  state: z.enum(['queued', 'preparing', 'running', 'stopping', 'completed', 'failed', 'stopped', 'lost', 'unknown']),
  phase: z.enum([
    'waiting', 'checking-image', 'pulling', 'creating', 'starting', 'packages', 'compiling', 'building', 'loading', 'initializing',
    'warming-up', 'running', 'writing-results', 'ended',
  ]),
  requestedAt: number,
  startedAt: optional(number),
  endedAt: optional(number),
  algorithmId: optional(text),
  parameters: z.record(text, text),
  image: optional(text),
  container: optional(z.object({ id: text, name: text })),
  progress,
  outcome: optional(outcome),
  figures: optional(figures),
  problems: z.array(problem),
  resultRevision: number,
  leanVersion: optional(text),
  standIn: optional(z.boolean()),
  lastLines: z.array(text),
});

/** `run.json`. */
export const recordSchema = z.object({
  version: z.literal(1),
  snapshot,
  console: optional(z.object({ kept: number, offset: number })),
});

/** `plan.json`: what following a container again needs. */
export const planSchema = z.looseObject({
  version: z.literal(1),
  runId: text,
  kind: z.enum(['backtest', 'live', 'optimization']),
  language: z.enum(['Python', 'CSharp']),
  workspaceFolder: text,
  projectFolder: text,
  projectName: text,
  createdAt: number,
  algorithmId: text,
  parameters: z.record(text, text),
  image: text,
  container: z.looseObject({ name: text, stopSignal: z.enum(['SIGINT', 'SIGKILL']), mounts: z.array(z.looseObject({ type: text, target: text })) }),
  user: z.looseObject({ mode: z.enum(['container', 'host']) }),
  files: z.array(z.looseObject({ name: text })),
  output: z.looseObject({ folder: text, code: z.object({ from: text, to: text }) }),
  pathMap: z.array(z.object({ container: text, host: text })),
  endMarker: optional(text),
});
