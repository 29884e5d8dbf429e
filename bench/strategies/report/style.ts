/** Everything that the report looks like, in the light and in the dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfbf9, #14171a);
  --card: light-dark(#ffffff, #1c2024);
  --ink: light-dark(#1d2226, #e8eaec);
  --quiet: light-dark(#5c656d, #9aa4ad);
  --rule: light-dark(#e3e4e0, #30363c);
  --band: light-dark(#00000012, #ffffff14);
  --best: light-dark(#0a7a4b, #4fd39a);
  --behind: light-dark(#c02636, #ff7b87);
  --ours: light-dark(#eef6fb, #17303d);
  --no-cache: light-dark(#8a9199, #8b949c);
  --read-aside: light-dark(#c98a00, #e5b04a);
  --write-aside: light-dark(#8d5cc4, #b491e6);
  --blind-stream: light-dark(#cf4436, #f2796b);
  --ours-refresh: light-dark(#0069a8, #4fb3f2);
  --ours-invalidate: light-dark(#00998a, #3fd0bf);
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 40px 28px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 10px; }
h2 { font-size: 19px; letter-spacing: -0.01em; margin: 40px 0 10px; }
h3 { font-size: 15px; margin: 0; }
p { max-width: 82ch; margin: 0 0 10px; }
.quiet, figcaption, footer { color: var(--quiet); }
nav { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 22px; align-items: center;
  margin: 22px -28px 18px; padding: 12px 28px; background: var(--paper); border-bottom: 1px solid var(--rule); }
.tabs { display: inline-flex; border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; background: var(--card); }
.tabs label { padding: 5px 14px; cursor: pointer; }
.tabs label + label { border-left: 1px solid var(--rule); }
.tabs label:has(:checked) { background: var(--ink); color: var(--paper); }
.tabs label:has(:focus-visible) { outline: 2px solid var(--ours-refresh); outline-offset: -2px; }
.tabs input { position: absolute; opacity: 0; }
.key { display: inline-flex; align-items: center; gap: 7px; margin-right: 12px; white-space: nowrap; font-size: 13px; }
nav .key { margin: 0; }
nav .key i { width: 18px; height: 4px; border-radius: 2px; background: currentColor; }
figcaption .key { margin: 0 0 0 14px; }
figcaption .key i { width: 11px; height: 11px; border-radius: 2px; }
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 10px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 6px 14px; text-align: right; white-space: nowrap; border-top: 1px solid var(--rule); }
thead th { border-top: 0; font-weight: 600; vertical-align: bottom; padding: 10px 14px; }
thead i { display: block; height: 4px; border-radius: 2px; margin-bottom: 7px; background: currentColor; }
tbody th { text-align: left; font-weight: 400; color: var(--quiet); }
tbody th.part { padding-left: 30px; }
.is-ours { background: var(--ours); }
td.best { color: var(--best); font-weight: 600; }
td.behind { color: var(--behind); font-weight: 600; }
td sup { color: var(--quiet); font-weight: 400; line-height: 0; margin: 0 -12px 0 2px; display: inline-block; width: 10px; text-align: left; }
ol { padding-left: 22px; max-width: 90ch; }
li { margin: 4px 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 18px; margin: 18px 0; }
figure { margin: 0; padding: 16px 18px 10px; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
figcaption { font-size: 13px; margin-bottom: 8px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
svg text.ours { fill: var(--ink); font-weight: 600; }
.wide svg text { font-size: 13px; }
.grid { stroke: var(--rule); }
.axis, .tick { stroke: var(--quiet); }
.band { fill: var(--band); }
.line { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.line.ours-refresh, .line.ours-invalidate { stroke-width: 2.8; }
.line.ours-invalidate { stroke-dasharray: 1 5; stroke-width: 3.2; }
.no-cache { color: var(--no-cache); } .read-aside { color: var(--read-aside); }
.write-aside { color: var(--write-aside); } .blind-stream { color: var(--blind-stream); }
.ours-refresh { color: var(--ours-refresh); } .ours-invalidate { color: var(--ours-invalidate); }
.tableReads { fill: #4477aa; background: #4477aa; } .tableWrites { fill: #88b4dd; background: #88b4dd; }
.cacheTransfer { fill: #cc7733; background: #cc7733; } .requestFunctions { fill: #9b9ea3; background: #9b9ea3; }
.streamFunction { fill: #5aa469; background: #5aa469; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; color: var(--quiet); }
footer { margin-top: 40px; font-size: 13px; }
`;
