/** Why something failed, in words that code may branch on. Never branch on a message. */
export type ErrorReason =
  // container engine
  | 'engine-not-installed'
  | 'engine-not-running'
  | 'engine-permission'
  | 'engine-not-linux'
  | 'engine-too-old'
  | 'engine-no-space'
  | 'engine-unreachable'
  | 'engine-failed'
  // images
  | 'image-missing'
  | 'image-offline'
  | 'image-proxy'
  | 'image-auth'
  | 'image-rate-limit'
  | 'image-not-found'
  | 'image-no-space'
  | 'image-unsuitable'
  | 'image-pull-failed'
  // files of a person
  | 'file-missing'
  | 'file-empty'
  | 'file-invalid'
  | 'file-unreadable'
  | 'folder-read-only'
  | 'data-folder-missing'
  | 'no-algorithm'
  | 'mount-not-visible'
  // launching
  | 'bad-request'
  | 'framework-mismatch'
  | 'port-in-use'
  | 'name-in-use'
  | 'cancelled'
  | 'untrusted'
  | 'internal';

/** The one button that helps with an error. `ui` maps each to a command. */
export type ErrorAction =
  | 'open-log'
  | 'start-docker'
  | 'install-docker'
  | 'docker-permission-help'
  | 'switch-to-linux-containers'
  | 'pull-image'
  | 'choose-image'
  | 'open-settings'
  | 'open-file'
  | 'free-space'
  | 'share-path-help'
  | 'manage-trust'
  | 'retry'
  | 'show-plan'
  | 'kill';

/** A place in a text file. Lines and columns are 1-based, as people count. */
export interface SourceLocation {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface WorkbenchErrorOptions {
  /** The original error, kept whole. */
  readonly cause?: unknown;
  /** Whether a person should see it; false for cancellation and internal plumbing. Default true. */
  readonly visible?: boolean;
  readonly action?: ErrorAction;
  readonly location?: SourceLocation;
  /** What the action works on: a path, an image name, a setting's id. */
  readonly actionArgument?: string;
}

/** Every error that leaves a room: a reason, a message for people (what happened, why), the original, one action. */
export class WorkbenchError extends Error {
  /**
   * Each bundle (extension, lazy chunks, worker) has a copy of this class; an error keeps being one when it crosses
   * from a chunk to another, so it is known by its form.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'WorkbenchError' && 'reason' in value && typeof value.reason === 'string';
  }

  readonly reason: ErrorReason;
  readonly visible: boolean;
  readonly action: ErrorAction | undefined;
  readonly actionArgument: string | undefined;
  readonly location: SourceLocation | undefined;

  constructor(reason: ErrorReason, message: string, options: WorkbenchErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WorkbenchError';
    this.reason = reason;
    this.visible = options.visible ?? true;
    this.action = options.action;
    this.actionArgument = options.actionArgument;
    this.location = options.location;
  }
}

/** Turns whatever was thrown into a WorkbenchError, keeping one that already is. */
export function asWorkbenchError(error: unknown, reason: ErrorReason = 'internal'): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new WorkbenchError('cancelled', 'Cancelled.', { cause: error, visible: false });
  }
  return new WorkbenchError(reason, messageOf(error), { cause: error });
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` that Node puts on system errors (`ENOENT` …), if there is one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
