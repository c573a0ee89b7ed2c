import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ContainerOptions, type Ended, startContainer, type TestContainer } from '../harness/container';
import { REPOSITORY } from '../harness/repository';

/** The recordings the stand-in replays. */
export const RECORDINGS = join(REPOSITORY, 'test', 'fixtures', 'recordings', 'engine');

export const PYTHON = 'from AlgorithmImports import *\n\nclass MyAlgorithm(QCAlgorithm):\n    def initialize(self):\n        pass\n';

export type Config = Record<string, unknown> & { parameters?: Record<string, string> };

/** Folders on the host as a launch would bind them, and a config as a launch would deliver it. */
export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'lwt-standin-'));
  readonly results = join(this.root, 'results');
  readonly storage = join(this.root, 'storage');
  readonly project = join(this.root, 'project');
  readonly #dockerHost: string;

  constructor(dockerHost: string) {
    this.#dockerHost = dockerHost;
    for (const folder of [this.results, this.storage, this.project]) mkdirSync(folder);
    this.write('project/main.py', PYTHON);
    this.write('data/symbol-properties/symbol-properties-database.csv', 'market,symbol,type\n');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** A Python backtest of project/main.py; what is given replaces keys. */
  python(parameters: Record<string, string> = {}, keys: Config = {}): Config {
    return {
      environment: 'backtesting',
      environments: { backtesting: { 'live-mode': false } },
      'algorithm-type-name': 'main',
      'algorithm-language': 'Python',
      'algorithm-location': '/LeanCLI/main.py',
      'algorithm-id': '1234567890',
      'backtest-name': 'Happy Fox',
      'data-folder': '/Lean/Data',
      'results-destination-folder': '/Results',
      'object-store-root': '/Storage',
      'close-automatically': true,
      parameters: { 'standin-speed': '0', ...parameters },
      ...keys,
    };
  }

  /** A C# backtest of a library that was not made by the stand-in's build. */
  csharp(parameters: Record<string, string> = {}, keys: Config = {}): Config {
    if (keys['algorithm-location'] === undefined) this.write('project/My.dll', 'not made by the build');
    return this.python(parameters, { 'algorithm-language': 'CSharp', 'algorithm-type-name': 'MyAlgorithm', 'algorithm-location': '/LeanCLI/My.dll', ...keys });
  }

  start(config: Config | string, options: ContainerOptions = {}): Promise<TestContainer> {
    this.write('config.json', typeof config === 'string' ? config : JSON.stringify(config));
    return startContainer(this.#dockerHost, {
      command: ['--config', '/config.json'],
      binds: {
        [this.project]: '/LeanCLI',
        [join(this.root, 'data')]: '/Lean/Data',
        [this.results]: '/Results',
        [this.storage]: '/Storage',
        [join(this.root, 'config.json')]: '/config.json',
      },
      ...options,
    });
  }

  async run(config: Config | string, options: ContainerOptions = {}): Promise<Ended> {
    return (await this.start(config, options)).end();
  }

  /** Names below the results folder. */
  files(): string[] {
    return readdirSync(this.results, { recursive: true }).map(String).sort();
  }

  has(name: string): boolean {
    return existsSync(join(this.results, name));
  }

  read(name: string): string {
    return readFileSync(join(this.results, name), 'utf8');
  }

  json(name: string): Result {
    return JSON.parse(this.read(name)) as Result;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What the tests look at in a result file. */
export type Result = {
  readonly state: Record<string, string>;
  readonly statistics: Record<string, string>;
  readonly runtimeStatistics: Record<string, string>;
  readonly orders: Record<string, { tag: string }>;
  readonly charts: Record<string, { series: Record<string, { values: number[][] }> }>;
  readonly algorithmConfiguration?: { name: string; parameters: Record<string, string> };
};

/** Console text without time stamps. */
export const unstamped = (text: string): string => text.replace(/^\d{8} \d\d:\d\d:\d\d\.\d{3} /gm, '');
