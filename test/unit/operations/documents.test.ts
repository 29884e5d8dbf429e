import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../shared/runtime/metric-list.ts';
import { readWatchedTemplate } from '../../support/watched-template.ts';

const document = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const { alarms } = readWatchedTemplate();

/** The rows of the table of metrics, cell by cell. */
const rows = document
  .split('\n')
  .filter((line) => /^\| `\w+` \| (Count|Milliseconds|Percent) \|/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

/** What the runbook says of an alarm, up to the next heading. */
const entryOf = (alarm: string): string => document.split(`### \`${alarm}\`\n`)[1]?.split(/\n##/)[0] ?? '';

describe('docs/operations.md', () => {
  it('lists the metrics that there are, with their unit, dimensions and meaning', () => {
    const described = rows.map(([name = '', unit, dimensions, meaning]) => [
      name.slice(1, -1),
      unit,
      dimensions,
      meaning,
    ]);
    const listed = Object.entries(METRICS).map(([name, { unit, dimensions, meaning }]) => [
      ...[name, unit, dimensions.join(', '), meaning],
    ]);

    expect(described).toEqual(listed);
  });

  it('says of each what it means when it is bad', () => {
    for (const row of rows) expect(row[4]?.length, row[0]).toBeGreaterThan(10);
  });

  it('has an entry for each alarm, and none for another', () => {
    const entries = [...document.matchAll(/^### `(\w+Alarm)`$/gm)].map(([, name]) => name);

    expect(entries.toSorted()).toEqual(Object.keys(alarms).toSorted());
  });

  it.each(Object.keys(alarms))('says what %s means, and what to do', (alarm) => {
    expect(entryOf(alarm)).toMatch(/\*\*Means\*\*: .{20}/);
    expect(entryOf(alarm)).toMatch(/\*\*Do\*\*: .{10}/);
  });

  it('looks for lines of the log that the functions write', () => {
    const folder = new URL('../../../shared/runtime/', import.meta.url);
    const code = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
    const messages = [...document.matchAll(/\$\.message = "([^"*]+)\*?"/g)].map(([, message = '']) => message);

    expect(messages.length).toBeGreaterThan(4);
    for (const message of messages) {
      expect(code.filter((text) => text.includes(`'${message}`)).length, message).toBe(1);
    }
  });

  it('refers to alarms and metrics that exist', () => {
    const known = new Set([...Object.keys(alarms), ...Object.keys(METRICS)]);
    const mentioned = [...document.matchAll(/`((?:Redrive|Audit|Store|Fill|Warm)[A-Z][a-z]+|\w+Alarm)`/g)];
    const parameters = new Set(['AuditShare']);

    expect(mentioned.map(([, name = '']) => name).filter((name) => !known.has(name) && !parameters.has(name))).toEqual(
      [],
    );
  });
});
