import * as z from 'zod/mini';
import { WorkbenchError } from '../base/errors';
import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { t } from '../base/l10n';
import type { BacktestResult, ResultAnalysis, ResultState } from './result';
import { readOrderEvents, readOrders, type OrderFills } from './resultOrders';
import { member, objectMember, parseJsonText, ReadWarnings, toText, toTime } from './resultRead';
import { readCharts } from './resultSeries';
import { currencyInText, readFigures, readRows, type TextRows } from './resultStatistics';

/** What a JSON file of a result folder is, by its content. */
export type ResultFileKind = 'backtest' | 'live' | 'summary' | 'order-events' | 'data-monitor' | 'insights' | 'other';

/** Tells what a parsed file of a result folder is; its name is not looked at. */
export function resultFileKind(json: Json): ResultFileKind {
  if (Array.isArray(json)) {
    const first = (json as readonly Json[])[0];
    if (!isJsonObject(first)) return 'other';
    if (member(first, 'orderEventId') !== undefined) return 'order-events';
    return member(first, 'sourceModel') !== undefined || member(first, 'generatedTime') !== undefined ? 'insights' : 'other';
  }
  if (!isJsonObject(json)) return 'other';
  if ('total-data-requests-count' in json) return 'data-monitor';
  if (member(json, 'charts') === undefined || member(json, 'statistics') === undefined) return 'other';
  if (member(json, 'holdings') !== undefined || member(json, 'cash') !== undefined) return 'live';
  // The summary is the same document without orders and profits.
  return member(json, 'orders') === undefined && member(json, 'profitLoss') === undefined ? 'summary' : 'backtest';
}

/** The texts of a result; the order events may be missing. */
export interface ResultTexts {
  readonly file: string;
  readonly text: string;
  readonly events?: { readonly file: string; readonly text: string };
}

/**
 * Reads a backtest's result. Parts that cannot be read become warnings.
 * @throws WorkbenchError `file-empty`, `file-invalid`: not JSON, or not a result.
 */
export function parseBacktestResult(texts: ResultTexts): BacktestResult {
  const json = parseJsonText(texts.text, texts.file);
  const kind = resultFileKind(json);
  if (!isJsonObject(json) || (kind !== 'backtest' && kind !== 'live')) {
    throw new WorkbenchError('file-invalid', t('This is not the result of a backtest, but {0}: {1}', kindWords()[kind], texts.file), {
      location: { file: texts.file, line: 1 },
      action: 'open-file',
      actionArgument: texts.file,
    });
  }
  const warnings = new ReadWarnings();
  const result = readResult(json, texts.file, readFills(texts, warnings), warnings);
  return { ...result, warnings: warnings.list };
}

const kindWords = (): Readonly<Record<ResultFileKind, string>> => ({
  backtest: t('a backtest result'),
  live: t('a live result'),
  summary: t("LEAN's summary of one"),
  'order-events': t('a list of order events'),
  'data-monitor': t('a report of data requests'),
  insights: t('a list of insights'),
  other: t('some other JSON'),
});

/** Order events that cannot be read cost the fees, not the result. */
function readFills(texts: ResultTexts, warnings: ReadWarnings): ReadonlyMap<number, OrderFills> {
  if (texts.events === undefined) return new Map();
  try {
    return readOrderEvents(parseJsonText(texts.events.text, texts.events.file), warnings);
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    warnings.add('order events', error.message);
    return new Map();
  }
}

function readResult(json: JsonObject, file: string, fills: ReadonlyMap<number, OrderFills>, warnings: ReadWarnings): BacktestResult {
  const rows = (name: string): TextRows => readRows(objectMember(json, name, '', warnings), name, warnings);
  const performance = objectMember(json, 'totalPerformance', '', warnings);
  const performanceRows = (name: string): TextRows =>
    readRows(objectMember(performance, name, 'totalPerformance', warnings), `totalPerformance.${name}`, warnings);
  const stateObject = objectMember(json, 'state', '', warnings);
  const state = readState(stateObject, warnings);
  const configuration = readConfiguration(objectMember(json, 'algorithmConfiguration', '', warnings), warnings);
  const statistics = rows('statistics');
  const runtimeStatistics = rows('runtimeStatistics');
  const portfolioStatistics = performanceRows('portfolioStatistics');
  const charts = readCharts(objectMember(json, 'charts', '', warnings), warnings);
  const timeZone = algorithmTimeZone(charts);
  const equityText = runtimeStatistics.find(([name]) => name === 'Equity')?.[1];
  return {
    file,
    algorithmId: file.replace(/^.*[\\/]/, '').replace(/\.json$/i, ''),
    state,
    partial: state.status === 'Running',
    statistics,
    runtimeStatistics,
    tradeStatistics: performanceRows('tradeStatistics'),
    portfolioStatistics,
    serverStatistics: rows('serverStatistics'),
    charts,
    orders: readOrders(member(json, 'orders'), fills, warnings),
    parameters: configuration.parameters,
    figures: readFigures({ statistics, runtimeStatistics, portfolioStatistics, charts, orderCount: toText(member(stateObject, 'orderCount')) }),
    accountCurrency: configuration.accountCurrency ?? toText(member(json, 'accountCurrency')) ?? currencyInText(equityText) ?? '',
    ...(configuration.start === undefined ? {} : { rangeStart: configuration.start }),
    ...(configuration.end === undefined ? {} : { rangeEnd: configuration.end }),
    ...(timeZone === undefined ? {} : { timeZone }),
    analysis: readAnalysis(member(json, 'analysis'), warnings),
    warnings: [],
  };
}

/** `state` holds texts only; its keys are PascalCase to this day. Results before 2022 have none and are complete. */
const StateSchema = z.object({
  startTime: z.optional(z.string()),
  endTime: z.optional(z.string()),
  status: z._default(z.string(), ''),
  runtimeError: z._default(z.string(), ''),
  stackTrace: z._default(z.string(), ''),
  name: z.optional(z.string()),
  hostname: z.optional(z.string()),
});

function readState(object: JsonObject, warnings: ReadWarnings): ResultState {
  const state = readWith(StateSchema, object, 'state', warnings);
  const optional = (key: 'startTime' | 'endTime' | 'name' | 'hostname'): Partial<ResultState> =>
    state[key] === undefined || state[key] === '' ? {} : { [key]: state[key] };
  return {
    status: state.status,
    runtimeError: state.runtimeError,
    stackTrace: state.stackTrace,
    ...optional('startTime'),
    ...optional('endTime'),
    ...optional('name'),
    ...optional('hostname'),
  };
}

const ConfigurationSchema = z.object({
  accountCurrency: z.optional(z.string()),
  startDate: z.optional(z.union([z.string(), z.number()])),
  endDate: z.optional(z.union([z.string(), z.number()])),
});

function readConfiguration(
  object: JsonObject,
  warnings: ReadWarnings,
): { accountCurrency: string | undefined; start: number | undefined; end: number | undefined; parameters: Readonly<Record<string, string>> } {
  const configuration = readWith(ConfigurationSchema, object, 'algorithmConfiguration', warnings);
  const parameters = readRows(objectMember(object, 'parameters', 'algorithmConfiguration', warnings), 'algorithmConfiguration.parameters', warnings);
  return {
    accountCurrency: configuration.accountCurrency === '' ? undefined : configuration.accountCurrency,
    start: toTime(configuration.startDate),
    end: toTime(configuration.endDate),
    parameters: Object.fromEntries(parameters),
  };
}

/** Reads the known members; one that does not fit is warned of and left out, the others stay. */
function readWith<T extends z.ZodMiniObject>(schema: T, object: JsonObject, where: string, warnings: ReadWarnings): z.infer<T> {
  const known: Record<string, Json> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = member(object, key);
    if (value !== undefined && value !== null) known[key] = value;
  }
  const first = z.safeParse(schema, known);
  if (first.success) return first.data;
  for (const issue of first.error.issues) {
    const key = String(issue.path[0]);
    warnings.add(`${where}.${key}`, t('not what was expected'));
    Reflect.deleteProperty(known, key);
  }
  return z.parse(schema, known);
}

/** LEAN's own doubts about a backtest (since 2025). */
function readAnalysis(value: Json | undefined, warnings: ReadWarnings): ResultAnalysis[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    warnings.add('analysis', t('expected a list'));
    return [];
  }
  return (value as readonly Json[]).flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const solutions = member(item, 'solutions');
    const texts = Array.isArray(solutions) ? (solutions as readonly Json[]).flatMap((solution) => toText(solution) ?? []) : [];
    return [{ name: toText(member(item, 'name')) ?? '', issue: toText(member(item, 'issue')) ?? '', solutions: texts }];
  });
}

/**
 * The algorithm's time zone, which no result file names: LEAN's first equity sample stands at midnight of the start
 * date in it. New York is LEAN's default; undefined when it is neither that nor UTC.
 */
function algorithmTimeZone(charts: BacktestResult['charts']): string | undefined {
  const first = charts.find((chart) => chart.name === 'Strategy Equity')?.series.find((series) => series.name === 'Equity')?.times[0];
  if (first === undefined || Math.abs(first) > 1e11) return undefined;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (clock.format(first * 1000) === '00:00') return 'America/New_York';
  return first % 86_400 === 0 ? 'UTC' : undefined;
}
