/** Every id that package.json and the code share; the manifest tests hold them against each other. */
export const COMMANDS = {
  backtest: 'lean.backtest',
  backtestWith: 'lean.backtestWith',
  runMenu: 'lean.runMenu',
  runAgain: 'lean.runAgain',
  stop: 'lean.stop',
  kill: 'lean.kill',
  openResult: 'lean.openResult',
  openResultBeside: 'lean.openResultBeside',
  showRunLog: 'lean.showRunLog',
  openRunFolder: 'lean.openRunFolder',
  openCodeSnapshot: 'lean.openCodeSnapshot',
  deleteRun: 'lean.deleteRun',
  copyRunPath: 'lean.copyRunPath',
  showLaunchPlan: 'lean.showLaunchPlan',
  pickProject: 'lean.pickProject',
  openProjectSource: 'lean.openProjectSource',
  openProjectConfig: 'lean.openProjectConfig',
  openLeanJson: 'lean.openLeanJson',
  chooseImage: 'lean.chooseImage',
  updateImage: 'lean.updateImage',
  checkEngine: 'lean.checkEngine',
  startEngine: 'lean.startEngine',
  refresh: 'lean.refresh',
  showLog: 'lean.showLog',
  openSettings: 'lean.openSettings',
} as const;

export const VIEWS = { workspaces: 'lean.workspaces' } as const;
export const VIEW_CONTAINERS = { lean: 'lean' } as const;
export const PANELS = { result: 'lean.result' } as const;
export const TASK_TYPE = 'lean';
export const LANGUAGES = { log: 'lean-log' } as const;

export const SETTINGS = {
  dockerHost: 'lean.docker.host',
  image: 'lean.image',
  /** Images of single projects, by project name. */
  projectImages: 'lean.projectImages',
  workspaceFolders: 'lean.workspaces.additional',
  stopTimeout: 'lean.stopTimeout',
  openResult: 'lean.results.open',
  codeLens: 'lean.codeLens.enabled',
  cpus: 'lean.limits.cpus',
  memory: 'lean.limits.memory',
  extraDocker: 'lean.docker.extraOptions',
  configDelivery: 'lean.docker.configDelivery',
} as const;

/** `setContext` keys that `when` clauses read. */
export const CONTEXT_KEYS = {
  /** `none` | `found` | `searching` */
  workspaces: 'lean.workspaces',
  hasProjects: 'lean.hasProjects',
  /** `unknown` | `ready` | an `engine-…` reason */
  engine: 'lean.engine',
  running: 'lean.running',
  /** Paths of all algorithm files, for the run button of the editor. */
  algorithmFiles: 'lean.algorithmFiles',
} as const;
