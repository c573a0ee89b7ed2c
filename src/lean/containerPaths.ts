import { DELIVERY_FOLDER } from './plan';

/** Where things stand in an engine container (contract: containers.md). LEAN must see the same paths as with `lean`. */
export const CONTAINER = {
  project: '/LeanCLI',
  data: '/Lean/Data',
  results: '/Results',
  storage: '/Storage',
  library: '/Library',
  launcher: '/Lean/Launcher/bin/Debug',
  compile: '/Compile',
  /** Parent of single files that lean.json names. */
  files: '/Files',
  /** HOME of a run as the host's user; root's own home stays closed to it. */
  home: '/home/lean-workbench',
  /** Byte code of Python sources: kept out of the project. */
  pycache: '/tmp/lean-workbench-pycache',
} as const;

/** Names of the delivered files, below {@link DELIVERY_FOLDER}. */
export const DELIVERED = {
  config: 'config.json',
  start: 'start.sh',
  environment: 'environment.sh',
  sources: 'sources.txt',
  requirements: 'requirements.txt',
  props: 'Directory.Build.props',
  targets: 'Directory.Build.targets',
  dependencies: 'dependencies.py',
} as const;

/** Absolute container path of a delivered file. */
export function delivered(name: (typeof DELIVERED)[keyof typeof DELIVERED]): string {
  return `${DELIVERY_FOLDER}/${name}`;
}
