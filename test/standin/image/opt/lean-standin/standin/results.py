"""The result files: the recorded ones under the run's own names and parameters, and partial ones cut at a simulated time."""
import json
import os
import re
from datetime import datetime, timezone


def utc():
    return datetime.now(timezone.utc)


def iso(time):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ')


class Results:
    """Writes what LEAN writes under results-destination-folder, by plain overwriting as LEAN does."""

    def __init__(self, recording, run):
        self.recording, self.run, self.started = recording, run, utc()
        self.stamp = self.started.strftime('%Y%m%d%H%M%S') + f'{self.started.microsecond // 1000:03d}'

    def path(self, name):
        return os.path.join(self.run.results, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)

    def begin(self):
        """Stands there from the data feed's start on, empty."""
        if self.recorded('succeeded-data-requests') is not None:
            for kind in ('succeeded', 'failed'):
                self.write(f'{kind}-data-requests-{self.stamp}.txt', '')

    def recorded(self, prefix):
        found = [name for name in os.listdir(self.recording.folder) if name.startswith(prefix)]
        return self.recording.text(found[0]) if found else None

    def user_log(self):
        text = self.suffix('-log.txt')
        if text is not None:
            self.write(f'{self.run.id}-log.txt', text)

    def suffix(self, suffix):
        """A recorded A<suffix> rewritten, or None when this recording has none."""
        name = self.recording.old_type + suffix
        if not os.path.isfile(f'{self.recording.folder}/{name}'):
            return None
        return self.recording.rewrite(self.recording.text(name))

    def final(self, until=None):
        """Everything, in the order in which LEAN writes it. `until`: the run was stopped at this simulated time (unix seconds)."""
        fault = self.run.fault
        insights = f'{self.recording.folder}/{self.recording.old_type}/alpha-results.json'
        if os.path.isfile(insights):
            with open(insights, encoding='utf-8') as file:
                self.write(f'{self.run.id}/alpha-results.json', self.recording.rewrite(file.read()))
        events = self.suffix('-order-events.json')
        if events is not None and until is not None:
            events = compact([event for event in json.loads(events) if event['time'] <= until])
        for suffix in ('-summary.json', '.json'):
            text = self.suffix(suffix)
            if text is None:
                continue
            text = self.configured(text)
            if until is not None:
                text = dump(cut(json.loads(text), until, final=True))
            if fault == 'result-html':
                text = with_html(text)
            if fault == 'bad-json' and suffix == '.json':
                text = text[:len(text) // 2] + '"}}]]' + text[len(text) // 2:]
            if fault == 'truncated' and suffix == '.json':
                text = text[:len(text) // 2]
            self.write(self.run.id + suffix, text)
        if events is not None:
            self.write(f'{self.run.id}-order-events.json', with_html_events(events) if fault == 'result-html' else events)

    def partial(self, until):
        """What LEAN writes while it runs: order events first, then the result; the last 100 orders only."""
        text, events = self.suffix('.json'), self.suffix('-order-events.json')
        if text is None:
            return
        if events is not None:
            self.write(f'{self.run.id}-order-events.json', compact([event for event in json.loads(events) if event['time'] <= until][-100:]))
        result = cut(json.loads(self.configured(text)), until, final=False)
        text = dump(result)
        if self.run.fault == 'result-html':
            text = with_html(text)
        self.write(f'{self.run.id}.json', text)

    def data_requests(self):
        for kind in ('succeeded', 'failed'):
            text = self.recorded(f'{kind}-data-requests')
            if text is not None:
                self.write(f'{kind}-data-requests-{self.stamp}.txt', text)

    def data_report(self):
        text = self.recorded('data-monitor-report')
        if text is not None:
            now = utc()
            self.write(f"data-monitor-report-{now.strftime('%Y%m%d%H%M%S')}{now.microsecond // 1000:03d}.json", text)

    def store_object(self):
        """One file in the object store, as an algorithm that saves its state leaves one."""
        folder = os.path.join(self.run.storage, 'standin')
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, 'last-run.json'), 'w', encoding='utf-8') as out:
            json.dump({'notice': 'Lean Workbench test stand-in', 'recording': self.recording.name, 'algorithmId': self.run.id}, out)

    def configured(self, text):
        """The recorded result with this run's name, parameters and times; the text's form stays as LEAN wrote it."""
        def state(match):
            block = match.group()
            for key, value in (('StartTime', iso(self.started)), ('EndTime', iso(utc())), ('Name', self.run.name), ('Hostname', os.uname().nodename)):
                block = re.sub(rf'("{key}": )"[^"\n]*"', lambda m, v=value: m.group(1) + json.dumps(v), block)
            return block

        def configuration(match):
            block = re.sub(r'("name": )"[^"\n]*"', lambda m: m.group(1) + json.dumps(self.run.name), match.group(), count=1)
            inner = ',\n'.join(f'      {json.dumps(key)}: {json.dumps(value)}' for key, value in self.run.parameters.items())
            return re.sub(r'("parameters": )\{[^{}]*\}', lambda m: m.group(1) + (f'{{\n{inner}\n    }}' if inner else '{}'), block, count=1)

        text = re.sub(r'\n  "state": \{.*?\n  \}', state, text, count=1, flags=re.S)
        return re.sub(r'\n  "algorithmConfiguration": \{.*?\n  \}', configuration, text, count=1, flags=re.S)


def cut(result, until, final):
    """The result as it stood at a simulated time. `final`: a stopped run's last result, else one written while running."""
    for chart in result['charts'].values():
        for series in chart['series'].values():
            series['values'] = [point for point in series['values'] if at(point) <= until]
    orders = {key: order for key, order in result.get('orders', {}).items() if order_time(order) <= until}
    equity = [point for point in result['charts'].get('Strategy Equity', {}).get('series', {}).get('Equity', {}).get('values', [])]
    if 'orders' in result:
        result['orders'] = orders if final else dict(list(orders.items())[-100:])
    if equity and result.get('runtimeStatistics'):
        first, last = value(equity[0]), value(equity[-1])
        result['runtimeStatistics']['Equity'] = f'${last:,.2f}'
        result['runtimeStatistics']['Return'] = f'{(last / first - 1) * 100:.2f} %'
    result['state']['OrderCount'] = str(len(orders))
    if not final:
        result['state'].update(Status='Running', EndTime='')
        for key in ('rollingWindow', 'statistics'):
            result[key] = {}
        result['profitLoss'] = {time: amount for time, amount in result['profitLoss'].items() if seconds(time) <= until}
        for key in ('algorithmConfiguration', 'totalPerformance'):
            result.pop(key, None)
        result['analysis'] = []
    return result


def at(point):
    return point['x'] if isinstance(point, dict) else point[0]


def value(point):
    return point['y'] if isinstance(point, dict) else point[-1]


def order_time(order):
    return seconds(order.get('createdTime') or order.get('time') or '1970-01-01T00:00:00Z')


def seconds(text):
    """Unix seconds of LEAN's time texts, which are UTC."""
    return datetime.strptime(text[:19], '%Y-%m-%dT%H:%M:%S').replace(tzinfo=timezone.utc).timestamp()


def dump(item, depth=0):
    """JSON as LEAN writes it: two spaces, but every series and point on one line."""
    if isinstance(item, dict) and item and 'values' not in item:
        inner = ',\n'.join(f'{"  " * (depth + 1)}{json.dumps(key, ensure_ascii=False)}: {dump(sub, depth + 1)}' for key, sub in item.items())
        return f'{{\n{inner}\n{"  " * depth}}}'
    if isinstance(item, list) and item and isinstance(item[0], dict):
        inner = ',\n'.join('  ' * (depth + 1) + dump(sub, depth + 1) for sub in item)
        return f'[\n{inner}\n{"  " * depth}]'
    return json.dumps(item, ensure_ascii=False, separators=(',', ':'))


def compact(item):
    """JSON on one line, as LEAN writes order events."""
    return json.dumps(item, ensure_ascii=False, separators=(',', ':'))


HTML = '<img src=x onerror="document.body.dataset.hacked=1"><script>document.title=\'hacked\'</script><b>bold</b>'


def with_html(text):
    """Texts that an algorithm chooses, filled with HTML: order tags, statistics, the run's name, a chart's name."""
    result = json.loads(text)
    for order in result.get('orders', {}).values():
        order['tag'] = HTML
    for key in ('statistics', 'runtimeStatistics'):
        if result.get(key) is not None:
            result[key][f'{HTML} {key}'] = HTML
    result['state']['Name'] = HTML
    if result.get('algorithmConfiguration'):
        result['algorithmConfiguration']['name'] = HTML
        result['algorithmConfiguration']['tags'] = [HTML]
    result['charts'][HTML] = {'name': HTML, 'chartType': 0, 'series': {HTML: {'name': HTML, 'unit': '$', 'index': 0, 'seriesType': 0, 'values': [[1381118400, 1.0], [1381204800, 2.0]], 'color': '', 'scatterMarkerSymbol': 'none'}}}
    return dump(result)


def with_html_events(text):
    events = json.loads(text)
    for event in events:
        event['message'] = HTML
    return compact(events)
