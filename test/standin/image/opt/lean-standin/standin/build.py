"""`dotnet build`: takes the real build's time, honours where things go, and fails where a source asks for it."""
import hashlib
import json
import os
import re
import sys
import time
import xml.etree.ElementTree as xml

from standin import source

# Seconds measured with the real SDK on a small algorithm project: a first build and one with obj already there.
# Without restore: 0.80 of the processor time of the same build with it (SDK 10.0.401, seven turns each).
FIRST, INCREMENTAL, NOT_RESTORED = 2.35, 0.95, 0.76


class BuildError(Exception):
    """A line of MSBuild that ends the build."""


def main(arguments):
    started = time.monotonic()
    project, properties = parse(arguments)
    try:
        return build(project, properties, started, '--no-restore' not in arguments)
    except BuildError as error:
        print(f'  Determining projects to restore...\n{error}', flush=True)
        return failed([str(error)], [], started)


def parse(arguments):
    project, properties = None, {}
    rest = iter(arguments)
    for argument in rest:
        match = re.match(r'(?:-|--|/)(?:p|property):(.*)', argument, flags=re.S)
        if match:
            name, _, value = match.group(1).partition('=')
            properties[name.lower()] = unescape(value.strip('"'))
        elif argument in ('-c', '--configuration'):
            properties['configuration'] = next(rest, '')
        elif argument in ('-o', '--output'):
            properties['outputpath'] = next(rest, '')
        elif argument in ('-f', '--framework', '-v', '--verbosity', '-r', '--runtime'):
            next(rest, None)
        elif not argument.startswith('-') and not (argument.startswith('/') and not os.path.exists(argument)):
            project = argument
    return project, properties


def unescape(value):
    """MSBuild's escapes: % and two hexadecimal digits."""
    return re.sub(r'%([0-9A-Fa-f]{2})', lambda match: chr(int(match.group(1), 16)), value)


def find_project(given):
    if given and os.path.isfile(given):
        return os.path.abspath(given)
    folder = os.path.abspath(given or '.')
    if given and not os.path.isdir(folder):
        raise BuildError('MSBUILD : error MSB1009: Project file does not exist.\nSwitch: ' + given)
    found = sorted(name for name in os.listdir(folder) if name.endswith('.csproj'))
    if not found:
        raise BuildError('MSBUILD : error MSB1003: Specify a project or solution file. The current working directory does not contain a project or solution file.')
    if len(found) > 1:
        raise BuildError('MSBUILD : error MSB1011: Specify which project or solution file to use because this folder contains more than one project or solution file.')
    return os.path.join(folder, found[0])


def read_xml(path):
    try:
        return xml.parse(path).getroot()
    except xml.ParseError as error:
        line, column = error.position
        raise BuildError(f'{path}({line},{column + 1}): error MSB4025: The project file could not be loaded. {error}') from error


def local(element):
    return element.tag.rsplit('}', 1)[-1]


def imported(properties, key, importer):
    """The file a property names. The SDK skips a missing one silently; here it is an error, because a plan that names it needs it."""
    path = properties.get(key)
    if not path:
        return None
    if not os.path.isfile(path):
        raise BuildError(f'{importer} : error MSB4019: The imported project "{path}" was not found. Confirm that the expression in the Import declaration is correct, and that the file exists on disk.')
    return read_xml(path)


def absorb(root, properties, fixed):
    """Properties of one file; those of the command line win, as in MSBuild."""
    for group in root:
        if local(group) != 'PropertyGroup':
            continue
        for item in group:
            name = local(item).lower()
            if name not in fixed:
                properties[name] = expand((item.text or '').strip(), properties)


def expand(text, properties):
    return re.sub(r'\$\((\w+)\)', lambda match: properties.get(match.group(1).lower(), ''), text)


def items(roots, name):
    return [item for root in roots for group in root if local(group) in ('ItemGroup', 'Target') for item in group.iter() if local(item) == name]


def build(given, properties, started, restore):
    project = find_project(given)
    folder = os.path.dirname(project)
    fixed = set(properties)
    properties.setdefault('configuration', 'Debug')
    properties.setdefault('msbuildprojectdirectory', folder)
    properties.setdefault('msbuildprojectname', os.path.splitext(os.path.basename(project))[0])
    props = imported(properties, 'directorybuildpropspath', project)
    if props is not None:
        properties['msbuildthisfiledirectory'] = os.path.dirname(properties['directorybuildpropspath']) + '/'
        absorb(props, properties, fixed)
    root = read_xml(project)
    absorb(root, properties, fixed)
    targets = imported(properties, 'directorybuildtargetspath', project)
    if targets is not None:
        absorb(targets, properties, fixed)
    roots = [item for item in (props, root, targets) if item is not None]
    check_references(project, roots)

    name = properties.get('assemblyname') or properties['msbuildprojectname']
    intermediate = os.path.join(folder, properties.get('baseintermediateoutputpath') or properties.get('intermediateoutputpath') or 'obj')
    output = os.path.join(folder, properties.get('outputpath') or f"bin/{properties['configuration']}")
    sources = compiled(folder, roots, properties, intermediate, output)
    state = os.path.join(intermediate, 'standin-build.json')
    first = not os.path.exists(state)
    if restore:
        print('  Determining projects to restore...', flush=True)
        print(f'  Restored {project} (in 212 ms).' if first else '  All projects are up-to-date for restore.', flush=True)
    elif not os.path.exists(os.path.join(intermediate, 'project.assets.json')):
        raise BuildError(f"error NETSDK1004: Assets file '{intermediate}/project.assets.json' not found. Run a NuGet package restore to generate this file. [{project}]")
    lasts = (FIRST if first else INCREMENTAL if restore else NOT_RESTORED) * float(os.environ.get('STANDIN_SPEED', '1'))
    time.sleep(max(0.0, lasts - (time.monotonic() - started)))

    make(intermediate)
    errors, warnings = diagnose(sources, project, properties)
    for line in warnings + errors:
        print(line, flush=True)
    if errors:
        return failed(errors, warnings, started)
    assembly = describe(name, sources, properties)
    kind = os.path.join(intermediate, properties['configuration'])
    make(kind)
    make(output)
    for place in (kind, output):
        write(os.path.join(place, f'{name}.dll'), json.dumps(assembly, indent=1))
    write(os.path.join(output, f'{name}.pdb'), 'Lean Workbench test stand-in: no debug information.\n')
    write(os.path.join(intermediate, 'project.assets.json'), '{"version":3,"targets":{},"libraries":{}}')
    write(state, json.dumps({'sources': {path: digest(path) for path, _ in sources}}))
    print(f'  {name} -> {os.path.join(output, name + ".dll")}\n\nBuild succeeded.\n', flush=True)
    return finish([], warnings, started, 0)


def check_references(project, roots):
    """Without LEAN's own libraries no algorithm compiles; and its package cannot be had without a network."""
    for item in items(roots[:2], 'PackageReference'):
        name = item.get('Include', '')
        removed = any(other.get('Remove') for other in items(roots, 'PackageReference'))
        if name.startswith('QuantConnect.') and not removed:
            raise BuildError(f'{project} : error NU1101: Unable to find package {name}. No packages exist with this id in source(s): nuget.org')
    if not any('/Lean/Launcher/bin/Debug/' in (item.get('Include') or '') for item in items(roots, 'Reference')):
        raise BuildError(f"{project} : error CS0246: The type or namespace name 'QuantConnect' could not be found (are you missing a using directive or an assembly reference?)")


def compiled(folder, roots, properties, intermediate, output):
    """The sources the SDK's default globs take: [(path, text)]."""
    excluded = properties.get('defaultitemexcludes', '') + ';' + ';'.join(item.get('Remove') or '' for item in items(roots, 'Compile'))
    skipped = {'bin', 'obj'} | {name for name in ('backtests', 'live', 'optimizations') if re.search(rf'(^|;|/){name}/', excluded)}
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith('.') and not (place == folder and name in skipped)
                            and os.path.join(place, name) not in (intermediate.rstrip('/'), output.rstrip('/')))
        for name in sorted(files):
            if name.endswith('.cs'):
                path = os.path.join(place, name)
                with open(path, encoding='utf-8-sig', errors='replace') as text:
                    found.append((path, text.read()))
    return found


def mapped(path, properties):
    """The path as the compiler writes it: PathMap is a list of from=to, in which doubled commas and equals signs stand for one."""
    for match in re.finditer(r'((?:==|,,|[^=,])+)=((?:==|,,|[^=,])+)', properties.get('pathmap', '')):
        start, to = (part.replace(',,', ',').replace('==', '=') for part in match.groups())
        if start and to and (path == start or path.startswith(start.rstrip('/') + '/')):
            return to.rstrip('/') + path[len(start.rstrip('/')):]
    return path


def diagnose(sources, project, properties):
    errors, warnings, known = [], [], {}
    for path, text in sources:
        shown = mapped(path, properties)
        for number, line in enumerate(text.splitlines(), 1):
            column = len(line) - len(line.lstrip()) + 1
            if 'standin-build-error' in line:
                name = (re.search(r'standin-build-error:?\s+(\w+)', line) or [None, 'foo'])[1]
                errors.append(f"{shown}({number},{column}): error CS0103: The name '{name}' does not exist in the current context [{project}]")
            if 'standin-build-warning' in line:
                warnings.append(f"{shown}({number},{column}): warning CS0219: The variable 'unused' is assigned but its value is never used [{project}]")
        for name in source.csharp_classes(text):
            if name in known and known[name] != path:
                errors.append(f"{shown}(1,1): error CS0101: The namespace '<global namespace>' already contains a definition for '{name}' [{project}]")
            known[name] = path
    return errors, warnings


def describe(name, sources, properties):
    """What stands in the .dll: which classes it holds and what their sources ask of the stand-in."""
    classes, asked = [], {}
    for path, text in sources:
        found = source.directives(text)
        for class_name in source.csharp_classes(text):
            classes.append({'name': class_name, 'file': mapped(path, properties), **found})
        asked = {**found, **asked}
    return {'notice': 'Lean Workbench test stand-in: not a .NET assembly', 'assembly': name, 'classes': classes, 'asked': asked}


def failed(errors, warnings, started):
    print('\nBuild FAILED.\n')
    for line in warnings + errors:
        print(line)
    return finish(errors, warnings, started, 1)


def finish(errors, warnings, started, code):
    took = time.monotonic() - started
    print(f'    {len(warnings)} Warning(s)\n    {len(errors)} Error(s)\n\nTime Elapsed 00:00:{took:05.2f}', flush=True)
    return code


def make(folder):
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise BuildError(f'error MSB3191: Unable to create directory "{folder}". {error.strerror}') from error


def write(path, text):
    try:
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)
    except OSError as error:
        raise BuildError(f'error MSB3491: Could not write lines to file "{path}". {error.strerror}') from error


def digest(path):
    with open(path, 'rb') as data:
        return hashlib.sha256(data.read()).hexdigest()
