import { parseAcknowledgement, type Wording } from '@holdfast/core';
import type { AcknowledgedApplication } from '@holdfast/wallet';
import { encode } from 'uqr';
import { button, element, paragraphs } from '../people/elements.ts';
import { named, say, sayAt } from '../people/words.ts';

/** What somebody without a phone takes home: the code of their page, to scan and to type, who did it, and by when what happens. */
export function renderSlip(
  { acknowledgement, me = '' }: AcknowledgedApplication,
  title: Wording | string,
): HTMLElement {
  const { by = '', place, intakeBy } = parseAcknowledgement(acknowledgement).acknowledgement;
  const { host, pathname } = new URL(me);
  const code = pathname.replace(/^\/me\//, '').toUpperCase();
  const told = paragraphs([
    say('wallet.applied.ok'),
    place === undefined ? undefined : say('wallet.applied.place', { place: `${place}` }),
    sayAt('wallet.applied.by', intakeBy),
    say('clerk.by', { name: by }),
  ]);
  return element(
    'section',
    { style: 'card slip' },
    element('h2', {}, named(title)),
    ...told,
    drawCode(me),
    element('p', { style: 'code' }, element('bdi', { dir: 'ltr' }, code)),
    ...paragraphs([say('clerk.how', { address: `${host}/me` }), say('page.secret')]),
    element(
      'div',
      { style: 'row' },
      button(say('clerk.print'), () => print()),
      button(say('clerk.next'), () => location.reload(), 'second'),
    ),
  );
}

/** The address as a QR code, drawn here: nobody is asked for a picture of it. */
function drawCode(text: string): SVGElement {
  const { data, size } = encode(text, { border: 2 });
  const space = 'http://www.w3.org/2000/svg';
  const drawn = document.createElementNS(space, 'svg');
  drawn.setAttribute('viewBox', `0 0 ${size} ${size}`);
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', text);
  drawn.setAttribute('class', 'qr');
  const path = document.createElementNS(space, 'path');
  const squares = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  path.setAttribute('d', squares.join(''));
  drawn.append(path);
  return drawn;
}
