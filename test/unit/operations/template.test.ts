import { describe, expect, it } from 'vitest';
import { readTemplate } from '../../../local/template/template.ts';
import { METRICS } from '../../../shared/runtime/metric-list.ts';
import { readWatchedTemplate } from '../../support/watched-template.ts';

const { resources, alarms, unconditionalAlarms, widgets, alarmMetrics, dashboardMetrics } = readWatchedTemplate();
const template = readTemplate();
const anything = Object.fromEntries(Object.keys(resources).map((id) => [id, id]));
const environments = template.functions.map((definition) => template.environment(definition, anything));
const NAMESPACE = 'DynamoCacheSync/local';

/** What the dimensions of AWS's metrics name. */
const NAMED_BY: Readonly<Record<string, string>> = {
  FunctionName: 'AWS::Serverless::Function',
  QueueName: 'AWS::SQS::Queue',
  TableName: 'AWS::DynamoDB::Table',
  ApiId: 'AWS::Serverless::HttpApi',
};

const watched = [...alarmMetrics, ...dashboardMetrics];
const own = watched.filter(({ namespace }) => !namespace.startsWith('AWS/'));

describe('alarms and dashboard', () => {
  it.each(own)('$by: $name is on the list, with these dimensions', ({ namespace, name, dimensions }) => {
    const listed = Object.entries(METRICS).find(([metric]) => metric === name)?.[1];

    expect(namespace).toBe(NAMESPACE);
    expect(Object.keys(dimensions).toSorted()).toEqual(listed?.dimensions.toSorted());
  });

  it('look at the metrics of functions under the names that they report', () => {
    const services = environments.map(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME);

    for (const { by, dimensions } of own) {
      if (dimensions.service !== undefined) expect(services, by).toContain(dimensions.service);
    }
    for (const environment of environments) expect(environment.POWERTOOLS_METRICS_NAMESPACE).toBe(NAMESPACE);
  });

  it("look at AWS's own metrics of resources of this template", () => {
    const foreign = watched.filter(({ namespace }) => namespace.startsWith('AWS/'));

    expect(foreign.length).toBeGreaterThan(0);
    for (const { by, dimensions } of foreign) {
      for (const [dimension, id = ''] of Object.entries(dimensions)) {
        expect(resources[id], `${by} ${dimension}`).toBe(NAMED_BY[dimension]);
      }
    }
  });
});

describe('the dashboard', () => {
  it('shows every metric of the list', () => {
    const shown = new Set(dashboardMetrics.map(({ name }) => name));

    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('looks at something in each of its widgets', () => {
    for (const { type, properties } of widgets) {
      if (type !== 'metric') continue;
      expect(dashboardMetrics.filter(({ by }) => by === properties.title).length, properties.title).toBeGreaterThan(0);
    }
  });

  it('shows the alarms that every stack has', () => {
    expect(widgets.flatMap(({ properties: { alarms: shown = [] } }) => shown).toSorted()).toEqual(
      unconditionalAlarms.toSorted(),
    );
  });

  it('asks its four questions', () => {
    const titles = widgets.map(({ properties }) => properties.title).join('\n');

    for (const question of ['Is it fresh?', 'Is it fast?', 'Is it saving reads?', 'Is anything stuck?']) {
      expect(titles).toContain(question);
    }
  });

  it('has no two widgets in one place, and none beyond the edge', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, i) => `${x + (i % width)}/${y + Math.floor(i / width)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

describe('every alarm', () => {
  it.each(Object.entries(alarms))('%s notifies the topic, and takes silence for no breach', (_, alarm) => {
    expect(alarm).toMatchObject({ AlarmActions: ['the-topic'], TreatMissingData: 'notBreaching' });
    expect(String(alarm.AlarmDescription).length).toBeGreaterThan(20);
  });

  it('is of a function for each that the stack itself needs', () => {
    const watchedFunctions = alarmMetrics.filter(({ name }) => name === 'Errors').map(({ dimensions }) => dimensions);
    const needed = template.functions.filter(({ routes }) => routes.length === 0);

    expect(watchedFunctions.map(({ FunctionName }) => FunctionName).toSorted()).toEqual(
      needed.map(({ logicalId }) => logicalId).toSorted(),
    );
  });
});

describe('the debug logs', () => {
  it.each([
    [{}, '0'],
    [{ LogDebugShare: '0.05' }, '0.05'],
  ])('of functions deployed with %j are a sample of %s of the invocations', (parameters, share) => {
    const deployed = readTemplate({ parameters });
    const shares = deployed.functions.map((definition) => deployed.environment(definition, anything));

    expect(new Set(shares.map((variables) => variables.POWERTOOLS_LOGGER_SAMPLE_RATE))).toEqual(new Set([share]));
  });
});
