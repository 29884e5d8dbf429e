import { readFileSync } from 'node:fs';
import { isMapping, parseTemplate, type TemplateNode } from '../../local/template/document.ts';
import { resolve } from '../../local/template/resolve.ts';

/** A metric that an alarm or the dashboard looks at. */
export interface WatchedMetric {
  /** What looks at it: an alarm's logical id, or a widget's title. */
  readonly by: string;
  readonly namespace: string;
  readonly name: string;
  /** What each dimension holds; a logical id in the place of a resource's name; `undefined` where any will do. */
  readonly dimensions: Readonly<Record<string, string | undefined>>;
}

/** A part of the dashboard. */
export interface Widget {
  readonly type: 'metric' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
  };
}

/** The alarms and the dashboard of `template.yaml`, as CloudFormation would make them in the stack `local`. */
export interface WatchedTemplate {
  /** Types by logical id. */
  readonly resources: Readonly<Record<string, string>>;
  readonly alarms: Readonly<Record<string, { [name: string]: TemplateNode }>>;
  /** The alarms that are there whatever the parameters. */
  readonly unconditionalAlarms: readonly string[];
  readonly widgets: readonly Widget[];
  readonly alarmMetrics: readonly WatchedMetric[];
  readonly dashboardMetrics: readonly WatchedMetric[];
}

/** @throws {SyntaxError} when the body of the dashboard is not JSON once its references are filled in */
export function readWatchedTemplate(): WatchedTemplate {
  const document = parseTemplate(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'));
  const resources = mapping(mapping(document).Resources);
  const types = Object.fromEntries(Object.entries(resources).map(([id, node]) => [id, String(mapping(node).Type)]));
  const evaluated = (node: TemplateNode | undefined) =>
    resolve(node ?? null, scopeOf(document, Object.keys(resources)));
  const ids = Object.keys(resources).filter((id) => types[id] === 'AWS::CloudWatch::Alarm');
  const alarms = Object.fromEntries(ids.map((id) => [id, mapping(evaluated(mapping(resources[id]).Properties))]));
  const { DashboardBody } = mapping(evaluated(mapping(resources.Dashboard).Properties));
  const { widgets }: { widgets: readonly Widget[] } = JSON.parse(String(DashboardBody));
  return {
    resources: types,
    alarms,
    unconditionalAlarms: ids.filter((id) => mapping(resources[id]).Condition === undefined),
    widgets,
    alarmMetrics: Object.entries(alarms).flatMap(([id, alarm]) => alarmMetrics(id, alarm)),
    dashboardMetrics: widgets.flatMap(({ properties: { title, metrics = [] } }) =>
      metrics.flatMap((metric) => widgetMetrics(title, metric)),
    ),
  };
}

/** Each resource stands for itself, by its logical id, and so does each of its attributes. */
function scopeOf(document: TemplateNode, ids: readonly string[]) {
  const attributes = ['Arn', 'QueueName', 'StreamArn'];
  const names = ids.flatMap((id) => [[id, id], ...attributes.map((attribute) => [`${id}.${attribute}`, id])]);
  const parameters = Object.entries(mapping(mapping(document).Parameters));
  return {
    parameters: {
      'AWS::StackName': 'local',
      'AWS::Region': 'eu-central-1',
      ...Object.fromEntries(parameters.map(([name, node]) => [name, mapping(node).Default ?? ''])),
      AlarmTopicArn: 'the-topic',
    },
    resources: Object.fromEntries(names),
    conditions: mapping(mapping(document).Conditions),
  };
}

function alarmMetrics(by: string, alarm: { [name: string]: TemplateNode }): WatchedMetric[] {
  if (!Array.isArray(alarm.Metrics)) return [metricOf(by, alarm)];
  return alarm.Metrics.map(mapping).flatMap(({ MetricStat, Expression }) => {
    if (MetricStat !== undefined) return [metricOf(by, mapping(mapping(MetricStat).Metric))];
    const query = /^SELECT \w+\((\w+)\) FROM SCHEMA\("([^"]+)", (\w+)\)(?: WHERE \w+ = '(\w+)')?$/.exec(
      String(Expression),
    );
    if (query === null) return [];
    const [, name = '', namespace = '', dimension = '', value] = query;
    return [{ by, namespace, name, dimensions: { [dimension]: value } }];
  });
}

function metricOf(by: string, { Namespace, MetricName, Dimensions }: { [name: string]: TemplateNode }): WatchedMetric {
  const dimensions = (Array.isArray(Dimensions) ? Dimensions : []).map(mapping);
  return {
    by,
    namespace: String(Namespace),
    name: String(MetricName),
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [String(Name), String(Value)])),
  };
}

/** `[namespace, name, dimension, value, ..., options]`, or an expression with searches. */
function widgetMetrics(by: string, metric: readonly unknown[]): WatchedMetric[] {
  const texts = metric.filter((part) => typeof part === 'string');
  if (texts.length > 0) {
    const [namespace = '', name = '', ...pairs] = texts;
    const dimensions = pairs.flatMap((dimension, i) => (i % 2 === 0 ? [[dimension, pairs[i + 1]]] : []));
    return [{ by, namespace, name, dimensions: Object.fromEntries(dimensions) }];
  }
  const { expression }: { expression?: unknown } = Object(metric[0]);
  const searches = String(expression).matchAll(/SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName="(\w+)"', '\w+', \d+\)/g);
  return [...searches].map(([, namespace = '', dimensions = '', name = '']) => ({
    ...{ by, namespace, name },
    dimensions: Object.fromEntries(dimensions.split(',').map((dimension) => [dimension, undefined])),
  }));
}

const mapping = (node: TemplateNode | undefined) => (isMapping(node) ? node : {});
