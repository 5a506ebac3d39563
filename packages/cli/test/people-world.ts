import type { Browser, Page } from 'playwright-core';
import type { RunningNetwork } from './running-network.ts';

/** A running network whose console is built, a browser, and what axe finds in a page. */
export type PeopleWorld = {
  readonly network: RunningNetwork;
  readonly browser: Browser;
  readonly folder: string;
  readonly findSerious: (page: Page) => Promise<readonly string[]>;
};
