import type { Clock } from '../base/clock';
import type { Json } from '../base/json';
import type { Logger } from '../base/logger';
import type { Engine, ResultFolderPort, RunRecordPort } from '../lean/ports';
import type { RunSnapshot } from '../lean/run';
import type { RunStore } from './runStore';

/** What a runner works with; tests give fakes. */
export interface RunnerOptions {
  readonly engine: Pick<Engine, 'launch' | 'adopt' | 'stop' | 'listContainers' | 'remove'>;
  readonly results: ResultFolderPort;
  readonly records: RunRecordPort;
  readonly store: RunStore;
  /** The value of a secret that a plan refers to. */
  readonly secrets: (name: string) => Promise<Json>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many runs may go on side by side. */
  readonly maxConcurrent: () => number;
  /** How long a run may take to stop before a person is asked. Milliseconds. */
  readonly graceMs: () => number;
  /** When runs that another window follows are looked at again. Default 10,000 ms. */
  readonly lookAgainMs?: number;
  /** Asked once when a stopping run outlives its time: true kills it. */
  readonly onGraceExpired: (run: RunSnapshot) => Promise<boolean>;
}
