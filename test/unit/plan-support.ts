import type { JsonObject } from '../../src/base/json';
import type { LeanProject, LeanWorkspace } from '../../src/lean/model';
import type { LaunchFiles, PlanInput } from '../../src/lean/planInput';
import { EMPTY_PROJECT_CONFIG } from '../../src/lean/projectConfig';
import { parseCsproj } from '../../src/lean/csproj';

export const WORKSPACE = '/home/quant/workspace';

/** What of `lean init`'s lean.json a launch changes or reads. */
export const LEAN_JSON: JsonObject = {
  'data-folder': 'data',
  'job-organization-id': 'an-organization',
  'map-file-provider': 'QuantConnect.Data.Auxiliary.LocalZipMapFileProvider',
  'factor-file-provider': 'QuantConnect.Data.Auxiliary.LocalZipFactorFileProvider',
  'python-additional-paths': [],
  environments: {
    backtesting: {
      'live-mode': false,
      'setup-handler': 'QuantConnect.Lean.Engine.Setup.BacktestingSetupHandler',
      'result-handler': 'QuantConnect.Lean.Engine.Results.BacktestingResultHandler',
      'data-feed-handler': 'QuantConnect.Lean.Engine.DataFeeds.FileSystemDataFeed',
      'real-time-handler': 'QuantConnect.Lean.Engine.RealTime.BacktestingRealTimeHandler',
      'history-provider': ['QuantConnect.Lean.Engine.HistoricalData.SubscriptionDataReaderHistoryProvider'],
      'transaction-handler': 'QuantConnect.Lean.Engine.TransactionHandlers.BacktestingTransactionHandler',
    },
  },
};

export const CSPROJ = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <Configuration Condition=" '$(Configuration)' == '' ">Debug</Configuration>
    <Platform Condition=" '$(Platform)' == '' ">AnyCPU</Platform>
    <TargetFramework>net10.0</TargetFramework>
    <OutputPath>bin/$(Configuration)</OutputPath>
    <NoWarn>CS0618</NoWarn>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="QuantConnect.Lean" Version="2.5.17000"/>
    <PackageReference Include="QuantConnect.DataSource.Libraries" Version="2.5.17000"/>
  </ItemGroup>
</Project>
`;

export function workspaceOf(leanConfig: JsonObject = LEAN_JSON, folder = WORKSPACE): LeanWorkspace {
  return { folder, name: 'workspace', leanJsonPath: `${folder}/lean.json`, dataFolder: `${folder}/data`, leanConfig };
}

export function projectOf(name: string, language: LeanProject['language'], root = WORKSPACE): LeanProject {
  const folder = `${root}/${name}`;
  const last = name.split('/').at(-1) ?? name;
  return {
    workspaceFolder: root,
    folder,
    name,
    language,
    mainFile: `${folder}/${language === 'Python' ? 'main.py' : 'Main.cs'}`,
    ...(language === 'CSharp' ? { csprojFile: `${folder}/${last}.csproj` } : {}),
    isLibrary: false,
    configPath: `${folder}/config.json`,
  };
}

export const PYTHON_FILES: LaunchFiles = {
  dataFolder: 'filled',
  dataProbe: 'equity',
  recentMapZip: false,
  recentFactorZip: false,
  takenOutputNames: [],
  configFiles: {},
  pythonSources: ['main.py'],
  requirements: '',
};

export function csharpFiles(project: LeanProject, csproj = CSPROJ): LaunchFiles {
  const file = project.csprojFile ?? '';
  const name = (file.split('/').at(-1) ?? '').replace(/\.csproj$/, '');
  return {
    ...PYTHON_FILES,
    pythonSources: [],
    csharp: { algorithmClass: 'MyCs', csproj: parseCsproj(csproj, file, name), referenced: [], sourcesHash: 'sources', restoreHash: 'restore' },
  };
}

/** A backtest of `My Py` (or, in C#, of `My Cs`) as a person on Linux starts it. */
export function inputOf(language: LeanProject['language'] = 'Python', change: Partial<PlanInput> = {}): PlanInput {
  const project = change.project ?? projectOf(language === 'Python' ? 'My Py' : 'My Cs', language);
  return {
    request: { command: 'backtest', projectFolder: project.folder },
    workspace: workspaceOf(),
    project,
    projectConfig: { ...EMPTY_PROJECT_CONFIG, localId: 761641263 },
    image: { name: 'quantconnect/lean:latest', id: 'sha256:image', pythonVersion: '3.11', targetFramework: 'net10.0' },
    engine: { rootless: false, desktop: false },
    host: { platform: 'linux', uid: 1000, gid: 1000, hostname: 'vm', timezoneOffsetMinutes: 0 },
    settings: {},
    files: language === 'Python' ? PYTHON_FILES : csharpFiles(project),
    now: Date.UTC(2026, 10, 21, 8, 29, 18),
    random: { runId: '5f0c8c0e-7d1b-4f7e-9d52-0c7d3a1f7a10', containerSuffix: '290fa37ed1204c328ce399c411edb876', algorithmDigits: '275552317' },
    ...change,
  };
}
