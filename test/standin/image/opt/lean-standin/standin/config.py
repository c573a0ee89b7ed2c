"""LEAN's config as the launcher reads it: the file, then the few options that override keys."""
import json
import os
import re
import sys

# Options of the real launcher that the plan could use; each takes a value.
OPTIONS = {'--config', '--results-destination-folder', '--algorithm-id', '--backtest-name', '--parameters', '--environment', '--algorithm-type-name',
           '--algorithm-language', '--algorithm-location', '--data-folder', '--object-store-root', '--close-automatically', '--job-project-id'}


class Abort(Exception):
    """The real launcher dies of an unhandled exception: text on standard error, exit code 134."""


def parse(arguments):
    options, rest = {}, list(arguments)
    while rest:
        argument = rest.pop(0)
        name, joined, value = argument.partition('=')
        if name not in OPTIONS:
            print('Specify --help for a list of available options and commands.', flush=True)
            raise Abort(recorded('badconfig', 'stdout-bogus.txt').split('\n', 1)[1].split('\n20', 1)[0].replace("'--bogus'", f"'{argument}'"))
        options[name[2:]] = value if joined else (rest.pop(0) if rest else '')
    return options


def recorded(run, name):
    with open(f'/opt/lean-standin/recordings/{run}/{name}', encoding='utf-8') as text:
        return text.read()


def read(options, say):
    path = options.pop('config', None) or 'config.json'
    say(f'TRACE:: Using {path} as configuration file')
    try:
        with open(path, encoding='utf-8-sig') as file:
            text = file.read()
    except OSError as error:
        full = os.path.abspath(path)
        kind = 'IO.FileNotFoundException: Could not find file' if isinstance(error, FileNotFoundError) else 'UnauthorizedAccessException: Access to the path'
        end = '.' if isinstance(error, FileNotFoundError) else ' is denied.'
        raise Abort(f"Unhandled exception. System.{kind} '{full}'{end}") from error
    try:
        config = json.loads(text)
        if not isinstance(config, dict):
            raise ValueError('not an object')
    except ValueError:
        try:
            config = json.loads(relaxed(text))
        except ValueError as error:
            raise Abort(bad_json(text, error)) from error
    for name, value in options.items():
        if name == 'parameters':
            config['parameters'] = dict(pair.split(':', 1) for pair in value.split(',') if ':' in pair)
        else:
            config[name] = value
    return config


def relaxed(text):
    """Newtonsoft takes comments and trailing commas too."""
    token = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', flags=re.S)
    return token.sub(lambda match: match.group() if match.group().startswith('"') else '', text)


def bad_json(text, error):
    abort = recorded('badconfig', 'stderr.txt').rstrip('\n')
    line, column = getattr(error, 'lineno', 1), getattr(error, 'colno', 1) - 1
    if getattr(error, 'pos', 0) < len(text.rstrip()):
        abort = abort.replace('Unexpected end of content while loading JObject.', 'Invalid character after parsing property name.')
    return re.sub(r"Path '[^']*', line \d+, position \d+", f"Path '', line {line}, position {column}", abort, count=1)


def setting(config, key, default=''):
    """As LEAN: the environment's own key wins over the root's."""
    environment = (config.get('environments') or {}).get(config.get('environment')) or {}
    return environment.get(key, config.get(key, default))


def write_abort(error):
    sys.stdout.flush()
    sys.stderr.write(str(error) + '\n')
    sys.stderr.flush()
    os._exit(134)
