"""A pip that downloads nothing: `pip install --user` puts an empty package where pip would, and says so."""
import os
import re
import site
import sys

FAILS = 'standin-no-such-package'
# Where the real image's Python 3.11 looks; sitecustomize.py makes whatever Python is here look there too.
USER_SITE = os.path.join(site.getuserbase(), 'lib/python3.11/site-packages')


def main(arguments):
    if not arguments or arguments[0] in ('--version', '-V'):
        print('pip 23.0 (Lean Workbench test stand-in; downloads nothing) (python 3.11)')
        return 0
    if arguments[0] != 'install':
        print(f'pip {arguments[0]}: the Lean Workbench test stand-in only knows install.', file=sys.stderr)
        return 1
    wanted, target = [], None
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in ('-r', '--requirement'):
            file = next(rest, '')
            if not os.path.isfile(file):
                print(f"ERROR: Could not open requirements file: [Errno 2] No such file or directory: '{file}'", file=sys.stderr)
                return 1
            with open(file, encoding='utf-8') as lines:
                wanted += [line.split('#')[0].strip() for line in lines if line.split('#')[0].strip()]
        elif argument in ('-t', '--target'):
            target = next(rest, None)
        elif argument in ('--cache-dir', '-i', '--index-url', '--extra-index-url', '--progress-bar', '-c', '--constraint'):
            next(rest, None)
        elif not argument.startswith('-'):
            wanted.append(argument)
    if not wanted:
        print('ERROR: You must give at least one requirement to install (see "pip help install")', file=sys.stderr)
        return 1
    folder = target or USER_SITE
    installed = []
    for requirement in wanted:
        name = re.split(r'[\s<>=!~;\[]', requirement, maxsplit=1)[0]
        pinned = re.search(r'==\s*([\w.]+)', requirement)
        version = pinned.group(1) if pinned else '1.0'
        print(f'Collecting {requirement}', flush=True)
        if name == FAILS:
            print(f'ERROR: Could not find a version that satisfies the requirement {requirement} (from versions: none)', file=sys.stderr)
            print(f'ERROR: No matching distribution found for {requirement}', file=sys.stderr)
            return 1
        module = re.sub(r'[-.]', '_', name)
        os.makedirs(os.path.join(folder, module), exist_ok=True)
        with open(os.path.join(folder, module, '__init__.py'), 'w', encoding='utf-8') as out:
            out.write(f'"""Put here by the Lean Workbench test stand-in instead of {requirement}."""\n__version__ = "{version}"\n')
        info = os.path.join(folder, f'{module}-{version}.dist-info')
        os.makedirs(info, exist_ok=True)
        with open(os.path.join(info, 'METADATA'), 'w', encoding='utf-8') as out:
            out.write(f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n')
        installed.append(f'{name}-{version}')
    print(f"Installing collected packages: {', '.join(re.split('[<>=!~; ]', r)[0] for r in wanted)}")
    print(f"Successfully installed {' '.join(installed)} (test stand-in: empty packages, nothing was downloaded)")
    return 0
