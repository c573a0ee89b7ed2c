import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import type { LaunchPlan } from '../../src/lean/plan';
import { socketOf } from '../harness/dockerApi';

/**
 * The cost of `lean backtest` on a 2-core machine, warm, with an engine image that does nothing, as measured with the
 * real tool (seconds, median of 5): from the command until its container is created, and all of it.
 */
export const LEAN_OVERHEAD = {
  Python: { created: 0.43, whole: 0.96 },
  CSharp: { created: 0.44, whole: 1.08 },
} as const;

/** What a container was told to do by the tool's sequence, and when; milliseconds since its create. */
export interface LeanMoments {
  readonly started: number;
  /** `Engine.Main(): Analysis Completed and Results Posted.` stood in the log; undefined when it never did. */
  readonly posted: number | undefined;
  /** The container was waited for and removed: the tool returns to the prompt. */
  readonly returned: number;
}

/**
 * Plays what `lean backtest` does to the Docker API: its generated config and start script as mounted files, a rewritten
 * csproj over the project's (so that every C# run is a first build in a fresh container), the log followed, the exit
 * waited for, the container removed. The tool's own time in Python is not in here: see {@link LEAN_OVERHEAD}.
 */
export class LeanTool {
  readonly #docker: Docker;

  constructor(dockerHost: string) {
    this.#docker = new Docker({ socketPath: socketOf(dockerHost) });
  }

  /** Runs a project as the tool would; `plan` says which project, image and LEAN config (equal for both). */
  async backtest(plan: LaunchPlan, targetFramework: string): Promise<LeanMoments> {
    const temporary = await mkdtemp(join(tmpdir(), 'lean-tool-'));
    try {
      const results = `${plan.output.folder}-lean`;
      await mkdir(results, { recursive: true });
      const files = await this.#temporaryFiles(plan, temporary, targetFramework);
      return await this.#run(plan, results, files);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** The same sequence with a container that does nothing, to know what of the tool's overhead it covers. Milliseconds. */
  async nothing(image: string): Promise<number> {
    const moments = await this.#sequence({ Image: image, Entrypoint: ['true'], HostConfig: { NetworkMode: 'lean_cli' } });
    return moments.returned;
  }

  async #run(plan: LaunchPlan, results: string, mounts: readonly Docker.MountSettings[]): Promise<LeanMoments> {
    const csharp = plan.language === 'CSharp';
    const binds = plan.container.mounts.flatMap((mount) =>
      mount.type === 'bind' ? [`${mount.target === '/Results' ? results : mount.source}:${mount.target}:rw`] : [],
    );
    return this.#sequence({
      Image: plan.image,
      name: `lean_cli_${randomUUID().replaceAll('-', '')}`,
      Hostname: plan.container.hostname,
      Entrypoint: ['bash', '/lean-cli-start.sh'],
      WorkingDir: '/Lean/Launcher/bin/Debug',
      Env: csharp ? ['DOTNET_NOLOGO=true', 'DOTNET_CLI_TELEMETRY_OPTOUT=true'] : [],
      StopSignal: 'SIGINT',
      HostConfig: { Binds: [...binds, ...(csharp ? ['lean_cli_nuget:/root/.nuget/packages:rw'] : [])], Mounts: [...mounts], NetworkMode: 'lean_cli' },
    });
  }

  async #sequence(options: Docker.ContainerCreateOptions): Promise<LeanMoments> {
    // The tool asks for these before it creates anything.
    await this.#docker.version();
    await this.#docker.getImage(options.Image ?? '').inspect();
    const networks = await this.#docker.listNetworks({ filters: { name: ['lean_cli'] } });
    if (!networks.some((network) => network.Name === 'lean_cli')) await this.#docker.createNetwork({ Name: 'lean_cli', Driver: 'bridge' });

    const created = performance.now();
    const container = await this.#docker.createContainer(options);
    await container.start();
    const started = performance.now() - created;
    let posted: number | undefined;
    let tail = '';
    const log = await container.logs({ follow: true, stdout: true, stderr: true });
    const followed = new Promise<void>((resolve, reject) => {
      log.on('data', (chunk: Buffer) => {
        tail = tail.slice(-4000) + chunk.toString('utf8');
        if (posted === undefined && tail.includes('Analysis Completed and Results Posted.')) posted = performance.now() - created;
      });
      log.on('end', resolve);
      log.on('error', reject);
    });
    const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
    await followed;
    await container.remove({ force: true, v: true });
    const returned = performance.now() - created;
    if (StatusCode !== 0) throw new Error(`The tool's container ended with exit code ${StatusCode}:\n${tail}`);
    return { started, posted, returned };
  }

  async #temporaryFiles(plan: LaunchPlan, folder: string, targetFramework: string): Promise<readonly Docker.MountSettings[]> {
    const mount = (source: string, target: string): Docker.MountSettings => ({ Type: 'bind', Source: source, Target: target, ReadOnly: true });
    const config = join(folder, 'config.json');
    const script = join(folder, 'lean-cli-start.sh');
    await writeFile(config, JSON.stringify(plan.leanConfig, undefined, 4));
    const mounts = [mount(config, '/Lean/Launcher/bin/Debug/config.json'), mount(script, '/lean-cli-start.sh')];
    if (plan.language === 'Python') {
      await writeFile(script, ['set -e', 'python -m compileall -q /LeanCLI', 'exec dotnet QuantConnect.Lean.Launcher.dll', ''].join('\n'));
      return mounts;
    }
    const csproj = `${basename(plan.projectFolder)}.csproj`;
    await writeFile(join(folder, csproj), rewrite(await readFile(join(plan.projectFolder, csproj), 'utf8')));
    const properties = {
      Configuration: 'Debug',
      Platform: 'AnyCPU',
      TargetFramework: targetFramework,
      OutputPath: '/Compile/bin',
      BaseIntermediateOutputPath: '/Compile/obj/',
      GenerateAssemblyInfo: 'false',
      GenerateTargetFrameworkAttribute: 'false',
      AppendTargetFrameworkToOutputPath: 'false',
      AutomaticallyUseReferenceAssemblyPackages: 'false',
      CopyLocalLockFileAssemblies: 'true',
      PathMap: `/LeanCLI=${plan.projectFolder}`,
    };
    await writeFile(join(folder, 'copy_csharp_dependencies.py'), COPY_DEPENDENCIES);
    const build = [`dotnet build '/LeanCLI/${csproj}'`, ...Object.entries(properties).map(([name, value]) => `'-p:${name}=${value}'`)].join(' ');
    await writeFile(script, ['set -e', build, 'cp -R -n /Compile/bin/. /Lean/Launcher/bin/Debug/', 'python /copy_csharp_dependencies.py /Compile/obj/project.assets.json', 'exec dotnet QuantConnect.Lean.Launcher.dll', ''].join('\n'));
    return [...mounts, mount(join(folder, csproj), `/LeanCLI/${csproj}`), mount(join(folder, 'copy_csharp_dependencies.py'), '/copy_csharp_dependencies.py')];
  }
}

/** Stands for the tool's script that copies the libraries of NuGet packages beside the launcher: for a project without any. */
const COPY_DEPENDENCIES = `import json, pathlib, shutil, sys

assets = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
packages = pathlib.Path("/root/.nuget/packages")
for target in assets.get("targets", {}).values():
    for name, library in target.items():
        for file in library.get("runtime", {}):
            source = packages / name.lower() / file
            destination = pathlib.Path("/Lean/Launcher/bin/Debug") / source.name
            if source.is_file() and not destination.exists():
                shutil.copy(source, destination)
`;

/** The tool's csproj: no package of LEAN, but the libraries that lie in the image. */
function rewrite(csproj: string): string {
  return csproj
    .replace(/^.*<PackageReference Include="QuantConnect\..*\n/gm, '')
    .replace('</Project>', '    <ItemGroup>\n        <Reference Include="/Lean/Launcher/bin/Debug/*.dll">\n            <Private>False</Private>\n        </Reference>\n    </ItemGroup>\n</Project>');
}
