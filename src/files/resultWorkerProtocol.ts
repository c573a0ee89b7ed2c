import { WorkbenchError, type ErrorAction, type ErrorReason, type SourceLocation } from '../base/errors';
import type { Bundle } from '../base/l10n';
import type { BacktestResult } from '../lean/result';
import { resultBuffers, summarizeResult, type ResultSummary } from '../lean/resultSummary';
import { readResultFolder } from './resultFolder';

/** What a worker starts with. */
export interface WorkerSetup {
  /** Translations of its messages; English without. */
  readonly bundle?: Bundle;
}

export interface WorkerRequest {
  readonly id: number;
  readonly folder: string;
  readonly algorithmId?: string;
  readonly want: 'result' | 'summary';
}

export type WorkerAnswer =
  | { readonly id: number; readonly result: BacktestResult | undefined; readonly summary?: never; readonly error?: never }
  | { readonly id: number; readonly summary: ResultSummary | undefined; readonly result?: never; readonly error?: never }
  | { readonly id: number; readonly error: WireError; readonly result?: never; readonly summary?: never };

/** A WorkbenchError as plain data: classes do not survive the way between threads. */
export interface WireError {
  readonly reason: ErrorReason;
  readonly message: string;
  readonly action?: ErrorAction;
  readonly actionArgument?: string;
  readonly location?: SourceLocation;
}

/** Carries out one request; gives the answer and the buffers to hand over with it. */
export async function answerRequest(request: WorkerRequest): Promise<{ answer: WorkerAnswer; transfer: ArrayBuffer[] }> {
  const { id, folder, algorithmId, want } = request;
  try {
    const result = await readResultFolder(folder, algorithmId === undefined ? {} : { algorithmId });
    if (want === 'summary') {
      return { answer: { id, summary: result === undefined ? undefined : summarizeResult(result) }, transfer: [] };
    }
    return { answer: { id, result }, transfer: result === undefined ? [] : resultBuffers(result) };
  } catch (error) {
    return { answer: { id, error: toWire(error) }, transfer: [] };
  }
}

function toWire(error: unknown): WireError {
  if (!(error instanceof WorkbenchError)) return { reason: 'internal', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  return {
    reason: error.reason,
    message: error.message,
    ...(error.action === undefined ? {} : { action: error.action }),
    ...(error.actionArgument === undefined ? {} : { actionArgument: error.actionArgument }),
    ...(error.location === undefined ? {} : { location: error.location }),
  };
}

export function fromWire(error: WireError): WorkbenchError {
  const { reason, message, ...options } = error;
  return new WorkbenchError(reason, message, options);
}
