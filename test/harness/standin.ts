import { createHash } from 'node:crypto';
import { createReadStream, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync, chmodSync, copyFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { dockerApi } from './dockerApi';
import { mustExec } from './exec';
import { REPOSITORY } from './repository';

/** The stand-in engine image's name. It only exists locally. */
export const STANDIN_IMAGE = 'lean-workbench/standin:latest';

const OURS = join(REPOSITORY, 'test', 'standin', 'image');
const RECORDINGS = join(REPOSITORY, 'test', 'fixtures', 'recordings', 'engine');
const HASH_LABEL = 'lean.workbench.standin.hash';

const COMMANDS = [
  ...['bash', 'sh', 'cat', 'chmod', 'chown', 'cp', 'cut', 'date', 'dd', 'df', 'dirname', 'basename', 'du', 'echo', 'env', 'expr', 'false', 'head', 'id', 'install'],
  ...['ln', 'ls', 'md5sum', 'mkdir', 'mkfifo', 'mktemp', 'mv', 'nproc', 'printenv', 'printf', 'pwd', 'readlink', 'realpath', 'rm', 'rmdir', 'seq', 'sha256sum'],
  ...['sleep', 'sort', 'stat', 'stty', 'sync', 'tail', 'tee', 'test', 'timeout', 'touch', 'tr', 'true', 'truncate', 'uname', 'uniq', 'wc', 'whoami', 'yes', '['],
  ...['setpriv', 'grep', 'sed', 'tar', 'gzip', 'find', 'xargs', 'awk', 'diff', 'cmp', 'mount', 'umount', 'python3'],
];
/** Parts of Python's library that no test needs (half of its size), and Debian's own customization. */
const LEFT_OUT = /^(test|idlelib|tkinter|turtledemo|lib2to3|ensurepip|pydoc_data|config-[^/]*|sitecustomize\.py)(\/|$)/;

/** What the real image says about itself (labels, environment), with its working directory and entrypoint. */
const CONFIGURATION = (hash: string): string[] => [
  'LABEL python_version=3.11 strict_python_version=3.11.14 target_framework=net10.0 lean_version=17000',
  `LABEL ${HASH_LABEL}=${hash} lean.workbench.standin=true`,
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PYTHONNET_PYDLL=/opt/miniconda3/lib/libpython3.11.so',
  'WORKDIR /Lean/Launcher/bin/Debug',
  'ENTRYPOINT ["dotnet","QuantConnect.Lean.Launcher.dll"]',
];

/** Builds the stand-in image from files of this machine (cached by content) and loads it, unless the daemon has it. */
export async function loadStandin(dockerHost: string): Promise<string> {
  const { tar, hash } = await buildStandin();
  const present = await dockerApi(dockerHost, 'GET', `/images/${STANDIN_IMAGE}/json`);
  if (present.status === 200 && present.body.includes(hash)) return STANDIN_IMAGE;
  const [repo, tag] = STANDIN_IMAGE.split(':');
  const query = new URLSearchParams({ fromSrc: '-', repo: repo ?? '', tag: tag ?? '' });
  for (const change of CONFIGURATION(hash)) query.append('changes', change);
  const reply = await dockerApi(dockerHost, 'POST', `/images/create?${query.toString()}`, createReadStream(tar));
  if (reply.status !== 200 || reply.body.includes('errorDetail')) throw new Error(`The stand-in image could not be loaded (${reply.status}): ${reply.body}`);
  return STANDIN_IMAGE;
}

/** The image's tar in the cache, made when its content changed. */
async function buildStandin(): Promise<{ tar: string; hash: string }> {
  const system = await systemFiles();
  const hash = hashOf(system);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lean-workbench-test');
  const tar = join(cache, `standin-${hash}.tar`);
  if (existsSync(tar)) return { tar, hash };
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, 'building-standin-'));
  try {
    layOut(join(root, 'fs'), system);
    const made = join(root, 'image.tar');
    await mustExec('tar', ['--create', '--file', made, '--owner=0', '--group=0', '--numeric-owner', '--directory', join(root, 'fs'), '.']);
    for (const old of readdirSync(cache).filter((name) => /^standin-[0-9a-f]+\.tar$/.test(name))) rmSync(join(cache, old), { force: true });
    renameSync(made, tar);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return { tar, hash };
}

/** Files of this machine that go into the image under the same path: commands, Python's library, all shared libraries. */
async function systemFiles(): Promise<string[]> {
  const commands = COMMANDS.map((name) => ['/usr/bin', '/usr/sbin', '/bin', '/sbin'].map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name);
  const absent = commands.filter((path) => !path.startsWith('/'));
  if (absent.length > 0) throw new Error(`The stand-in image is made of this machine's commands, but these are missing: ${absent.join(', ')}.`);
  // Debian's Python, whatever its version: another one on the PATH lives elsewhere and needs other files.
  const python = (await mustExec('/usr/bin/python3', ['-Ic', 'import os; print(os.path.dirname(os.__file__))'])).stdout.trim();
  const extensions = filesBelow(join(python, 'lib-dynload'));
  const linked = await mustExec('bash', ['-c', 'for file in "$@"; do ldd "$file" 2>/dev/null; done; true', 'ldd', ...commands, ...extensions]);
  const libraries = new Set([...linked.stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] ?? ''));
  const library = filesBelow(python).filter((path) => !LEFT_OUT.test(path.slice(python.length + 1)));
  return [...new Set([...commands, ...libraries, ...library])].filter((path) => existsSync(path)).sort();
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => existsSync(path) && statSync(path).isFile());
}

/** System files count by size and time, ours by content. */
function hashOf(system: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of system) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  for (const path of [...filesBelow(OURS), ...filesBelow(RECORDINGS), join(REPOSITORY, 'test', 'harness', 'standin.ts')].filter((name) => !name.includes('__pycache__')).sort()) {
    hash.update(`${path.slice(REPOSITORY.length)}\n`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 24);
}

/** Debian's merged /usr: the old folders are links, and everything is stored under /usr. */
function layOut(root: string, system: readonly string[]): void {
  for (const folder of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'etc', 'root', 'tmp', 'run', 'var/tmp', 'proc', 'sys', 'dev', 'home', 'opt']) mkdirSync(join(root, folder), { recursive: true });
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${folder}`, join(root, folder));
  for (const path of system) {
    const place = join(root, path.startsWith('/usr/') || !/^\/(bin|sbin|lib|lib64)\//.test(path) ? path : `/usr${path}`);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(realpathSync(path), place);
  }
  symlinkSync('python3', join(root, 'usr/bin/python'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
  chmodSync(join(root, 'tmp'), 0o1777);
  chmodSync(join(root, 'var/tmp'), 0o1777);
  cpSync(OURS, root, { recursive: true, filter: (path) => !path.includes('__pycache__') });
  cpSync(RECORDINGS, join(root, 'opt/lean-standin/recordings'), { recursive: true });
  for (const name of ['dotnet', 'pip', 'pip3']) chmodSync(join(root, 'usr/local/bin', name), 0o755);
}
