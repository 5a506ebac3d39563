import { localStorageColorSchemeManager, type MantineColorScheme, type MantineColorSchemeManager } from '@mantine/core';

const KEPT_S = 31_536_000;
const kept = localStorageColorSchemeManager();

/** The choice of colours, kept in this browser: also where the server sees it, which draws the first words before any script runs. */
export const keptScheme: MantineColorSchemeManager = {
  ...kept,
  get(usual) {
    const chosen = kept.get(usual);
    tell(chosen);
    return chosen;
  },
  set(chosen) {
    kept.set(chosen);
    tell(chosen);
  },
};

/** As the system has it is what the page does untold. */
function tell(chosen: MantineColorScheme): void {
  const lastsS = chosen === 'auto' ? 0 : KEPT_S;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: the other way of setting one is missing in some browsers, and waits.
  document.cookie = `holdfast-scheme=${chosen}; Path=/console; SameSite=Strict; Max-Age=${lastsS}${secure}`;
}
