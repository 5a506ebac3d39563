import type { ScenarioReport } from '@holdfast/rehearsal';
import { formatDuration } from '../output.ts';

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 300, 56, 40, 44, 16] as const;

type Point = readonly [ms: number, people: number];

/** How many have their money, over time: in calm weather and in the scenario. A picture by itself, light and dark. */
export function encodeScenarioPlot({ title, calm, scenario }: ScenarioReport): string {
  const lines = [
    { name: 'calm', className: 'calm', points: pointsOf(calm) },
    { name: 'scenario', className: 'faulty', points: pointsOf(scenario) },
  ];
  const all = lines.flatMap(({ points }) => points);
  const toX = Math.max(1, ...all.map(([ms]) => ms));
  const toY = Math.max(1, ...all.map(([, people]) => people));
  const x = (ms: number) => LEFT + (ms / toX) * (WIDTH - LEFT - RIGHT);
  const y = (people: number) => HEIGHT - BOTTOM - (people / toY) * (HEIGHT - BOTTOM - TOP);
  const drawn = lines.map(({ points, className }) => {
    const steps = points.map(([ms, people], i) => {
      const before = points[i - 1]?.[1] ?? 0;
      return `${x(ms).toFixed(1)},${y(before).toFixed(1)} ${x(ms).toFixed(1)},${y(people).toFixed(1)}`;
    });
    const end = `${x(toX).toFixed(1)},${y(points.at(-1)?.[1] ?? 0).toFixed(1)}`;
    return `<polyline class="${className}" points="${x(0)},${y(0)} ${[...steps, end].join(' ')}"/>`;
  });
  const rows = [0, 0.5, 1].map((part) => {
    const people = Math.round(part * toY);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(people)}" y2="${y(people)}"/><text x="${LEFT - 8}" y="${y(people) + 4}" text-anchor="end">${people}</text>`;
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const label = part === 0 ? 'opening' : formatDuration(part * toX);
    const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
    return `<text x="${x(part * toX)}" y="${HEIGHT - 16}" text-anchor="${anchor}">${label}</text>`;
  });
  const legend = lines.map(({ name, className }, i) => {
    const at = WIDTH - RIGHT - 170 + i * 80;
    return `<line class="${className}" x1="${at}" x2="${at + 16}" y1="30" y2="30"/><text x="${at + 22}" y="34">${name}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">
<style>svg{color-scheme:light dark;background:light-dark(#fff,#14161a)}text{font:12px system-ui,sans-serif;fill:light-dark(#556,#9aa)}.title{font-weight:600;fill:light-dark(#223,#dde)}.grid{stroke:light-dark(#dde,#334)}polyline,.calm,.faulty{fill:none;stroke-width:2}.calm{stroke:light-dark(#0b6e4f,#5fd3a8)}.faulty{stroke:light-dark(#b3261e,#ff8a80)}</style>
<text class="title" x="${LEFT}" y="20">${escapeXml(title)}: people who have their money</text>
${[...rows, ...marks, ...drawn, ...legend].join('\n')}
</svg>
`;
}

function pointsOf({ course }: ScenarioReport['calm']): Point[] {
  return course.map(({ ms, arrived }): Point => [Math.max(0, ms), arrived]);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
