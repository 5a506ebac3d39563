import type { OverloadRun } from './plan.ts';

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 260, 52, 34, 14] as const;

type Line = { readonly name: string; readonly colour: string; readonly points: readonly (readonly [number, number])[] };

/** A page of its own with the courses as pictures: nothing outside is loaded, and no script. */
export function encodeLoadReport(ours: readonly OverloadRun[], naive: readonly OverloadRun[]): string {
  const [one, other] = [ours[0], naive[0]];
  if (one === undefined || other === undefined) return '';
  const share = (run: OverloadRun) =>
    run.levels.map(({ level, report }) => {
      const perSecond = report.appliedBySecond.reduce((a, b) => a + b, 0) / report.appliedBySecond.length;
      return [level, perSecond / run.capacity] as const;
    });
  const lines = (name: string, colour: string, runs: readonly OverloadRun[]) =>
    runs.map((run, i): Line => ({ name: i === 0 ? name : '', colour, points: share(run) }));
  const course = (run: OverloadRun) => {
    const last = run.levels.at(-1)?.report.appliedBySecond ?? [];
    return [...last, ...run.after.appliedBySecond].map((count, i) => [i - last.length, count / run.capacity] as const);
  };
  return page([
    picture('Accepted in time, of capacity, by the load that came (times capacity)', [
      ...lines('Holdfast', 'var(--ours)', ours),
      ...lines('the naive endpoint', 'var(--naive)', naive),
    ]),
    picture('Second by second: ten times the load until 0, then eight tenths', [
      { name: 'Holdfast', colour: 'var(--ours)', points: course(one) },
      { name: 'the naive endpoint', colour: 'var(--naive)', points: course(other) },
    ]),
    endings(ours, naive),
    table(ours, naive),
  ]);
}

function picture(title: string, lines: readonly Line[]): string {
  const all = lines.flatMap(({ points }) => points);
  const [fromX, toX] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const toY = Math.max(1.1, ...all.map(([, y]) => y)) * 1.02;
  const at = (x: number) => LEFT + ((x - fromX) / (toX - fromX)) * (WIDTH - LEFT - 12);
  const up = (y: number) => HEIGHT - BOTTOM - (y / toY) * (HEIGHT - BOTTOM - TOP);
  const grid = [0, 0.5, 1].map(
    (y) =>
      `<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${up(y)}" y2="${up(y)}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${up(y) + 4}" text-anchor="end">${y * 100} %</text>`,
  );
  const marks = ticks(fromX, toX).map((x) => `<text x="${at(x)}" y="${HEIGHT - 12}" text-anchor="middle">${x}</text>`);
  const drawn = lines.map(({ colour, points }) => {
    const path = points.map(([x, y]) => `${at(x).toFixed(1)},${up(y).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" style="stroke:${colour}"/>`;
  });
  const legend = lines
    .filter(({ name }) => name !== '')
    .map(({ name, colour }) => `<span><i style="background:${colour}"></i>${name}</span>`);
  const svg = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${[...grid, ...marks, ...drawn].join('')}</svg>`;
  return `<figure><figcaption>${title}</figcaption>${svg}<p class="legend">${legend.join('')}</p></figure>`;
}

function ticks(from: number, to: number): number[] {
  if (to <= 10 && from >= 1) return [1, 2, 5, 10].filter((x) => x >= from && x <= to);
  const marks: number[] = [];
  for (let x = Math.ceil(from / 10) * 10; x <= to; x += 10) marks.push(x);
  return marks;
}

/** What became of it beside the applications: officers, and the time after. */
function endings(ours: readonly OverloadRun[], naive: readonly OverloadRun[]): string {
  const ms = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(0)} ms`);
  const back = ({ backAfter }: OverloadRun) => (backAfter === undefined ? 'not' : `${backAfter} s`);
  const rowOf = (name: string, run: OverloadRun) =>
    row([name, run.seed, ms(run.revokeIdleMs), ms(run.revokeLoadedMs), back(run)]);
  const rows = [...ours.map((run) => rowOf('Holdfast', run)), ...naive.map((run) => rowOf('naive', run))];
  const heads = ['', 'seed', 'a revocation, idle', 'a revocation at ten times', 'back after it'];
  return tableOf(heads, rows);
}

function row(cells: readonly (string | number)[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function tableOf(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function table(ours: readonly OverloadRun[], naive: readonly OverloadRun[]): string {
  const rows = [...ours.map((run) => ['Holdfast', run] as const), ...naive.map((run) => ['naive', run] as const)];
  const cells = rows.flatMap(([name, { seed, capacity, levels }]) =>
    levels.map(({ level, report }) => {
      const seconds = report.cameBySecond.length;
      const per = (count: number) => (count / seconds).toFixed(0);
      const { came, sent, served, graded, told, left, p50Ms, p99Ms, lagMs, costMs } = report;
      const counts = [
        `${level}x`,
        per(came),
        per(sent),
        per(report.appliedBySecond.reduce((a, b) => a + b, 0)),
        per(served.verify),
        per(graded),
      ];
      const ends = [per(told), per(left), `${p50Ms} / ${p99Ms}`, costMs.toFixed(2), lagMs];
      return row([name, seed, capacity.toFixed(0), ...counts, ...ends]);
    }),
  );
  const heads = ['', 'seed', 'capacity/s', 'load', 'clients/s', 'requests/s', 'applied/s', 'verified/s', 'graded/s'];
  const more = ['told/s', 'left/s', 'p50 / p99 ms', 'generator ms', 'lag ms'];
  return tableOf([...heads, ...more], cells);
}

function page(parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>holdfast bench overload</title><style>
:root{color-scheme:light dark;--ours:light-dark(#0b6e4f,#5fd3a8);--naive:light-dark(#b3261e,#ff8a80);--soft:light-dark(#667,#9aa);--line:light-dark(#dde,#334)}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;padding:24px 16px;max-width:1020px}
h1{font-size:20px}figure{margin:24px 0}figcaption{font-weight:600;margin-bottom:6px}svg{width:100%;height:auto}
text{font-size:12px;fill:var(--soft)}.grid{stroke:var(--line)}polyline{fill:none;stroke-width:2}
.legend{display:flex;gap:16px;margin:4px 0;color:var(--soft)}.legend i{display:inline-block;width:14px;height:3px;margin-right:6px;vertical-align:middle}
.wide{overflow-x:auto;margin:24px 0}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}td,th{padding:4px 8px;text-align:right;border-bottom:1px solid var(--line)}td{white-space:nowrap}th{vertical-align:bottom}
</style></head><body><h1>Ten times as many as there is room for</h1>
<p>Each side at multiples of its own capacity, under the same artificial one. Half of the clients give up after a second and send the same again three times, whatever they are told; half ask again as they are told.</p>
${parts.join('\n')}</body></html>
`;
}
