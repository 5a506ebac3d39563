/** One style sheet, no downloads: system fonts, light and dark, readable on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6776; --paper: #f6f7f9; --card: #fff; --line: #d9dee5;
  --yes: #14663a; --yes-bg: #e3f4ea; --no: #a01c28; --no-bg: #fbe7e8; --wait: #7a4b00; --wait-bg: #fdf1dc; --link: #1d4f91; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #a3afbd; --paper: #12171d; --card: #1a2129;
  --line: #313b47; --yes: #7fdca4; --yes-bg: #143524; --no: #ff9ba3; --no-bg: #43191d; --wait: #f6c873; --wait-bg: #3d2c0d; --link: #8fbcff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0.5rem 0 0; } h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
header p, .soft { color: var(--soft); margin: 0.2rem 0; }
a { color: var(--link); } :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
section, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; margin: 0 0 1rem; }
.pair .card { margin: 0; } .pair { margin-bottom: 1rem; }
.mark { display: inline-block; padding: 0.1rem 0.6rem; border-radius: 999px; font-weight: 600; }
.yes { color: var(--yes); background: var(--yes-bg); } .no { color: var(--no); background: var(--no-bg); }
.wait { color: var(--wait); background: var(--wait-bg); }
.big { font-size: 1.3rem; font-variant-numeric: tabular-nums; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.log li { display: grid; grid-template-columns: 7.5rem 5.5rem 1fr; gap: 0.75rem; padding: 0.3rem 0; border-top: 1px solid var(--line);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.log li:first-child { border-top: 0; } .log .soft { margin: 0; }
.checks li { display: grid; grid-template-columns: 6rem 11rem 1fr; gap: 0.75rem; padding: 0.3rem 0; border-top: 1px solid var(--line); }
@media (max-width: 36rem) { .log li { grid-template-columns: 1fr 1fr; } .log li span:last-child { grid-column: 1 / -1; }
  .checks li { grid-template-columns: 6rem 1fr; } .checks li span:last-child { grid-column: 1 / -1; } }
textarea, input, select { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft);
  border-radius: 6px; padding: 0.5rem; } textarea { min-height: 7rem; font-family: ui-monospace, monospace; font-size: 0.85rem; }
label { display: block; margin: 0.5rem 0 0.2rem; font-weight: 600; }
button { margin-top: 0.75rem; font: inherit; font-weight: 600; padding: 0.55rem 1.2rem; border-radius: 6px; border: 1px solid var(--link);
  background: var(--link); color: var(--card); cursor: pointer; min-height: 44px; }
button.grave { background: var(--no); border-color: var(--no); }
code { font-size: 0.9em; overflow-wrap: anywhere; } dl { display: grid; grid-template-columns: auto 1fr; gap: 0.2rem 0.8rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
`;
