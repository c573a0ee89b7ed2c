import { CONTAINER, delivered, DELIVERED } from './containerPaths';
import type { CSharpBuild } from './csharpBuild';
import { DELIVERY_FOLDER, FALLBACK_DELIVERY_FOLDER, MARKER_PREFIX, START_EXIT, type PlanUser } from './plan';

/**
 * The constant entry of every container: reads the delivery from standard input into memory, then runs its start.sh.
 * Framing: a line `<bytes> <name>` and that many bytes, for each file; `0 -` ends it. Where standard input cannot be
 * used, the same files stand in {@link FALLBACK_DELIVERY_FOLDER}. Standard error joins standard output here, inside
 * the container, so that the order of lines is exact.
 */
export const BOOT = `umask 077
cd ${DELIVERY_FOLDER} || exit ${START_EXIT.deliveryFailed}
if [ -f ${FALLBACK_DELIVERY_FOLDER}/start.sh ]; then
  cp ${FALLBACK_DELIVERY_FOLDER}/* . || exit ${START_EXIT.deliveryFailed}
else
  while read -r n f && [ "$n" -gt 0 ]; do head -c "$n" > "$f"; [ "$(wc -c < "$f")" -eq "$n" ] || exit ${START_EXIT.deliveryFailed}; done
fi
[ -f start.sh ] || { echo 'The launch files did not reach the container.'; exit ${START_EXIT.deliveryFailed}; }
exec bash ${DELIVERY_FOLDER}/start.sh </dev/null 2>&1`;

/** Exit code of the start script when it is told to stop while it prepares. */
export const STOPPED_WHILE_PREPARING = 130;

export interface StartOptions {
  readonly user: PlanUser;
  /** Names of variables that {@link DELIVERED.environment} exports. */
  readonly secretEnvironment?: readonly string[];
  /** Container paths that must exist, else a mount is not shared with the engine's host. */
  readonly mustBeVisible: readonly string[];
  /** Folders below the home that volumes are mounted on. */
  readonly volumes: readonly string[];
  readonly python?: {
    /** Whether {@link DELIVERED.sources} lists sources to check. */
    readonly checkSources: boolean;
    /** Folder that packages are installed into; undefined when nothing is required. */
    readonly sitePackages?: string;
  };
  readonly csharp?: CSharpBuild;
}

/** The text of start.sh: prepares as the container's root, then becomes LEAN, as the person where that is asked for. */
export function startScript(options: StartOptions): string {
  return [
    HEAD,
    (options.secretEnvironment ?? []).length === 0 ? '' : EXPORT,
    userPart(options),
    options.mustBeVisible.map((path) => `must_see ${quote(path)}`).join('\n'),
    NEEDS_DOTNET,
    options.python === undefined ? '' : pythonPart(options.python),
    options.csharp === undefined ? '' : csharpPart(options.csharp),
    TAIL,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Quotes any text as one word of a shell command. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const HEAD = `umask 022
say() { printf '${MARKER_PREFIX}%s\\n' "$*"; }
fail() { code=$1; shift; printf '%s\\n' "$*"; exit "$code"; }
must_see() { [ -e "$1" ] || { say "not-visible $1"; exit ${START_EXIT.notVisible}; }; }
# As process 1, bash is deaf to signals it does not trap; a child in the foreground would delay the trap to its end.
child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit ${STOPPED_WHILE_PREPARING}' INT TERM
as_user=()
step() { "\${as_user[@]}" "$@" 8>&- 9>&- & child=$!; wait "$child"; code=$?; child=; return "$code"; }
# A lock of the kernel on a file in a volume: it goes with the container, whatever happens to that.
lock() { command -v flock >/dev/null || return 0; flock -n "$1" || { flock "$1" & child=$!; wait "$child"; child=; }; }
say delivery-read`;

const EXPORT = `. ${delivered(DELIVERED.environment)} && rm ${delivered(DELIVERED.environment)} || exit ${START_EXIT.deliveryFailed}`;

const NEEDS_DOTNET = `command -v dotnet >/dev/null || fail ${START_EXIT.noDotnet} 'This image has no dotnet: it is not a LEAN engine image.'
[ -f ${CONTAINER.launcher}/QuantConnect.Lean.Launcher.dll ] || fail ${START_EXIT.noDotnet} 'This image has no LEAN engine in ${CONTAINER.launcher}.'`;

const TAIL = `cd ${CONTAINER.launcher} || exit ${START_EXIT.noDotnet}
say phase loading
trap - INT TERM
exec "\${as_user[@]}" dotnet QuantConnect.Lean.Launcher.dll --config ${delivered('config.json')}
`;

function userPart({ user, volumes }: StartOptions): string {
  if (user.mode === 'container') return volumes.length === 0 ? '' : `mkdir -p ${volumes.map(quote).join(' ')}`;
  const owner = `${user.uid}:${user.gid}`;
  const folders = [CONTAINER.home, ...volumes.filter((path) => path.startsWith(`${CONTAINER.home}/`)).flatMap(parents)];
  return `# The caches belong to the person, and so does all that is written; a volume is handed over once.
own() { [ "$(stat -c %u:%g "$1")" = ${owner} ] || chown "\${@:2}" ${owner} "$1"; }
mkdir -p ${[...new Set([...folders, ...volumes])].map(quote).join(' ')}
for folder in ${[...new Set(folders)].map(quote).join(' ')}; do own "$folder"; done
${volumes.map((path) => `own ${quote(path)} -R`).join('\n')}
chown -R ${owner} ${DELIVERY_FOLDER}
if command -v setpriv >/dev/null; then
  as_user=(setpriv --reuid ${user.uid} --regid ${user.gid} --clear-groups --)
  # Some libraries ask for the user's name and fail without one.
  getent passwd ${user.uid} >/dev/null 2>&1 || echo 'lean-workbench:x:${owner}::${CONTAINER.home}:/bin/bash' >> /etc/passwd
else
  say no-setpriv
fi`;
}

/** `/a/b/c` → `/a/b`, `/a/b/c`: the folders that Docker makes as root on the way to a mount below the home. */
function parents(path: string): string[] {
  const parts = path.slice(CONTAINER.home.length + 1).split('/');
  return parts.slice(0, -1).map((_, index) => `${CONTAINER.home}/${parts.slice(0, index + 1).join('/')}`);
}

function pythonPart({ checkSources, sitePackages }: NonNullable<StartOptions['python']>): string {
  const check = `say phase compiling
step "$python" -m compileall -q -i ${delivered('sources.txt')} || exit ${START_EXIT.syntaxError}`;
  const install = (site: string): string => `export PATH="$PATH:$HOME/.local/bin"
exec 8>> ${quote(`${site}/.lean-workbench-lock`)}
lock 8
if [ ! -f ${quote(`${site}/pip-install-done`)} ]; then
  say phase packages
  export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
  step "$python" -m pip install --user --progress-bar off -r ${delivered('requirements.txt')} || fail ${START_EXIT.packagesFailed} 'The packages of requirements.txt could not be installed.'
  : > ${quote(`${site}/pip-install-done`)}
fi
exec 8>&-`;
  return [
    `python=$(command -v python || command -v python3) || fail ${START_EXIT.noDotnet} 'This image has no Python.'`,
    ...(checkSources ? [check] : []),
    ...(sitePackages === undefined ? [] : [install(sitePackages)]),
  ].join('\n');
}

function csharpPart(build: CSharpBuild): string {
  const dll = quote(`${build.assembly}.dll`);
  const assets = quote(`${CONTAINER.compile}/obj/${build.projectName}/project.assets.json`);
  const properties = build.properties.map(quote).join(' \\\n    ');
  return `# One build at a time in a project's volume; the copy is made under the same lock, so a later build disturbs no run.
exec 9>> ${CONTAINER.compile}/.lock
lock 9
inputs=${quote(build.inputsHash)}
restored="$HOME/.nuget/packages/.lean-workbench-"${quote(build.restoreHash)}
if [ "$(cat ${CONTAINER.compile}/.inputs 2>/dev/null)" != "$inputs" ] || [ ! -f ${CONTAINER.compile}/bin/${dll} ]; then
  say phase building
  rm -rf ${CONTAINER.compile}/.inputs ${CONTAINER.compile}/.dependencies
  export MSBUILDDISABLENODEREUSE=1 DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1
  restore=()
  # The mark stands in the package cache, so that it goes when that goes.
  [ ! -f "$restored" ] || [ ! -f ${assets} ] || restore=(--no-restore)
  cd ${CONTAINER.project}
  step dotnet build ${quote(build.csproj)} --nologo -clp:NoSummary "\${restore[@]}" \\
    ${properties} || exit ${START_EXIT.buildFailed}
  [ -f ${CONTAINER.compile}/bin/${dll} ] || fail ${START_EXIT.buildFailed} 'The build made no '${dll}'.'
  step mkdir -p ${CONTAINER.compile}/.dependencies
  if grep -q '"type": *"package"' ${assets} 2>/dev/null; then
    python=$(command -v python || command -v python3) || fail ${START_EXIT.buildFailed} 'This image has no Python to find the files of NuGet packages with.'
    step "$python" ${delivered('dependencies.py')} ${assets} ${CONTAINER.compile}/.dependencies || exit ${START_EXIT.buildFailed}
  fi
  : >> "$restored"
  printf '%s' "$inputs" > ${CONTAINER.compile}/.inputs
fi
# Beside the launcher, nothing of the engine overwritten. cp -n counts a skipped file as an error in some versions.
cp -R -n ${CONTAINER.compile}/bin/. ${CONTAINER.compile}/.dependencies/. ${CONTAINER.launcher}/ 2>/dev/null
[ -f ${CONTAINER.launcher}/${dll} ] || fail ${START_EXIT.buildFailed} ${dll}' could not be copied beside the engine.'
exec 9>&-`;
}
