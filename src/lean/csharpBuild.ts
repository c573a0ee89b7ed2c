import { CONTAINER, delivered } from './containerPaths';
import { isLeanPackage, type CsprojFacts } from './csproj';

/** How a C# project is built in the container. */
export interface CSharpBuild {
  /** Absolute container path of the .csproj. */
  readonly csproj: string;
  /** MSBuild's project name. */
  readonly projectName: string;
  /** The output's file name without `.dll`. */
  readonly assembly: string;
  /** Arguments after `dotnet build <csproj>`: properties, as `-p:Name=Value`. */
  readonly properties: readonly string[];
  /** Equal hashes need no build. */
  readonly inputsHash: string;
  /** Equal hashes need no package restore. */
  readonly restoreHash: string;
}

/**
 * The properties `lean` sets for `dotnet build` (contract: containers.md), and ours: build props and targets from the
 * delivery, so that no .csproj is rewritten, and no build servers that would outlive the build beside LEAN.
 */
export function buildProperties(options: {
  readonly release: boolean;
  readonly targetFramework: string | undefined;
  readonly hostRoot: string;
  readonly noWarn: readonly string[];
}): readonly string[] {
  const noWarn = [...new Set(['MSB3277', ...options.noWarn])].join(';');
  const properties: readonly (readonly [string, string | undefined])[] = [
    ['Configuration', options.release ? 'Release' : 'Debug'],
    ['Platform', 'AnyCPU'],
    ['TargetFramework', options.targetFramework],
    ['OutputPath', `${CONTAINER.compile}/bin`],
    ['GenerateAssemblyInfo', 'false'],
    ['GenerateTargetFrameworkAttribute', 'false'],
    ['AppendTargetFrameworkToOutputPath', 'false'],
    ['AutomaticallyUseReferenceAssemblyPackages', 'false'],
    ['CopyLocalLockFileAssemblies', 'true'],
    // The compiler's own escape for = and , in a mapped path is to double them.
    ['PathMap', `${CONTAINER.project}=${options.hostRoot.replace(/[=,]/g, '$&$&')}`],
    ['NoWarn', noWarn],
    ['UseSharedCompilation', 'false'],
    ['DirectoryBuildPropsPath', delivered('Directory.Build.props')],
    ['DirectoryBuildTargetsPath', delivered('Directory.Build.targets')],
  ];
  return properties.flatMap(([name, value]) => (value === undefined ? [] : [`-p:${name}=${escapeMSBuild(value)}`]));
}

/** `dotnet build -p:` splits values at semicolons and commas unless they are escaped. */
function escapeMSBuild(value: string): string {
  return value.replace(/[%;,"*?@$()']/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/**
 * Imported before the SDK's own properties: build output and intermediate files go to the project's /Compile volume,
 * result folders and what an editor built are not compiled, and the person's own Directory.Build.props still counts.
 */
export function directoryBuildProps(): string {
  return `<Project>
  <PropertyGroup>
    <BaseIntermediateOutputPath>${CONTAINER.compile}/obj/$(MSBuildProjectName)/</BaseIntermediateOutputPath>
    <IntermediateOutputPath>${CONTAINER.compile}/obj/$(MSBuildProjectName)/</IntermediateOutputPath>
    <DefaultItemExcludes>$(DefaultItemExcludes);bin/**;obj/**;backtests/**;live/**;optimizations/**</DefaultItemExcludes>
    <LeanWorkbenchOwnProps>$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildProjectDirectory)'))</LeanWorkbenchOwnProps>
  </PropertyGroup>
  <Import Project="$(LeanWorkbenchOwnProps)" Condition="'$(LeanWorkbenchOwnProps)' != ''" />
</Project>
`;
}

/**
 * Imported after the project: where it asks for LEAN's packages, it gets the engine of the image instead, so that the
 * algorithm is compiled against what it will run on. The assemblies are not copied; they stand beside the launcher.
 */
export function directoryBuildTargets(projects: readonly CsprojFacts[]): string {
  const using = projects.filter(({ packages }) => packages.some(isLeanPackage));
  const items = using.map(({ name, packages }) => {
    const removed = packages.filter(isLeanPackage).map((item) => escapeXml(item)).join(';');
    return `  <ItemGroup Condition="'$(MSBuildProjectName)' == '${escapeXml(escapeMSBuild(name))}'">
    <PackageReference Remove="${removed}" />
    <Reference Include="${CONTAINER.launcher}/*.dll" Private="false" />
  </ItemGroup>
`;
  });
  return `<Project>
  <PropertyGroup>
    <LeanWorkbenchOwnTargets>$([MSBuild]::GetPathOfFileAbove('Directory.Build.targets', '$(MSBuildProjectDirectory)'))</LeanWorkbenchOwnTargets>
  </PropertyGroup>
  <Import Project="$(LeanWorkbenchOwnTargets)" Condition="'$(LeanWorkbenchOwnTargets)' != ''" />
${items.join('')}</Project>
`;
}

/**
 * Copies what NuGet packages need at run time and the build does not copy: files for this operating system and
 * processor, as project.assets.json lists them. Arguments: that file, the target folder. Nothing is overwritten.
 */
export function dependenciesScript(): string {
  return `import json, os, platform, shutil, sys

def release():
    try:
        with open("/etc/os-release") as file:
            fields = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    except OSError:
        return "linux", ""
    return fields.get("ID", "linux").strip('"'), fields.get("VERSION_ID", "").strip('"')

cpu = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
name, version = release()
systems = [f"{name}.{version}", name, "debian", "linux", "unix"]
rank = {}
for system in systems:
    rank.setdefault(f"{system}-{cpu}", len(rank))
    rank.setdefault(system, len(rank))
rank.setdefault("any", len(rank))
rank.setdefault("base", len(rank))

assets, target = sys.argv[1:3]
with open(assets, encoding="utf-8") as file:
    document = json.load(file)

def copy(library, relative, name):
    destination = os.path.join(target, name)
    if os.path.exists(destination):
        return
    path = document.get("libraries", {}).get(library, {}).get("path", library.lower())
    for folder in document.get("packageFolders", {}):
        source = os.path.join(folder, path, relative)
        if os.path.isfile(source):
            os.makedirs(os.path.dirname(destination), exist_ok=True)
            shutil.copyfile(source, destination)
            return

for library, parts in next(iter(document.get("targets", {}).values()), {}).items():
    if parts.get("type") != "package":
        continue
    native = [(rank[facts.get("rid")], relative) for relative, facts in parts.get("runtimeTargets", {}).items() if facts.get("rid") in rank]
    for _, relative in sorted(native):
        copy(library, relative, os.path.basename(relative))
    for relative in parts.get("runtime", {}):
        if os.path.basename(relative) != "_._":
            copy(library, relative, os.path.basename(relative))
    for relative, facts in parts.get("contentFiles", {}).items():
        if facts.get("copyToOutput"):
            copy(library, relative, facts.get("outputPath", os.path.basename(relative)))
`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
