import { describe, expect, test } from 'vitest';
import { STYLE } from './style.ts';

/** The colours of each scheme, by name. */
function readColours(): readonly Record<string, string>[] {
  const schemes = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) => body);
  return schemes.map((body) =>
    Object.fromEntries([...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value])),
  );
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const [x = 0, y = 0] = [a, b].map(luminance).toSorted((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const TEXT: readonly (readonly [string, string])[] = [
  ['ink', 'card'],
  ['ink', 'paper'],
  ['soft', 'card'],
  ['soft', 'paper'],
  ['link', 'card'],
  ['link', 'paper'],
  ['yes', 'yes-bg'],
  ['no', 'no-bg'],
  ['wait', 'wait-bg'],
  ['soft', 'idle-bg'],
  ['card', 'link'],
  ['card', 'no'],
];

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('in %s', (_scheme, at) => {
  const colours = readColours()[at] ?? {};
  test.each(TEXT)('%s on %s has the contrast that WCAG AA asks of text', (ink, ground) => {
    expect(contrast(colours[ink] ?? '', colours[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });
  test('the edges of boxes to type into can be seen', () => {
    expect(contrast(colours.edge ?? '', colours.card ?? '')).toBeGreaterThanOrEqual(3);
  });
});
