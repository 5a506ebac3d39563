/** One style sheet, no downloads: system fonts, light and dark, readable on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #526070; --paper: #f3f5f8; --card: #ffffff; --line: #d9dee5; --edge: #75818f;
  --yes: #14663a; --yes-bg: #e3f4ea; --no: #a01c28; --no-bg: #fbe7e8; --wait: #744700; --wait-bg: #fdf1dc; --link: #1d4f91; --idle-bg: #e9edf1; --bar-paid: #1d7a46; --bar-aside: #b06a00;
  --bar-left: #c3ccd6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #a9b5c2; --paper: #11161b; --card: #1a2129; --line: #313b47;
  --edge: #7d8a98; --yes: #7fdca4; --yes-bg: #143524; --no: #ff9ba3; --no-bg: #43191d; --wait: #f6c873; --wait-bg: #3d2c0d;
  --link: #8fbcff; --idle-bg: #2a333d; --bar-paid: #4fbf7f; --bar-aside: #e0a040; --bar-left: #46525f; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.25rem; padding-bottom: 1rem; }
footer { padding-bottom: 2rem; }
nav a { display: inline-block; padding: 0.5rem 1rem 0.5rem 0; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 0.5rem; }
h3, h4 { font-size: 1rem; margin: 0 0 0.25rem; }
.card h3 { font-size: 1.1rem; }
.answer h3, .answer h4 { margin-bottom: 0.5rem; }
.answer .note, .answer .plain { margin-bottom: 0.75rem; }
p { margin: 0 0 0.5rem; }
.soft { color: var(--soft); }
p.soft { font-size: 0.925rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
[tabindex="-1"]:focus { outline: none; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; margin: 0 0 1rem; min-width: 0; }
.answer { border-width: 2px; border-color: var(--edge); }
.pair { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); margin-bottom: 0.75rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem; min-width: 0; }
.card > p { margin: 0; }
.answer .card > p { margin: 0 0 0.5rem; }
.answer .pair { align-items: start; margin: 0; }
.tasks { display: grid; gap: 0 1rem; grid-template-columns: 3fr 2fr; align-items: start; }
.mark { display: inline-block; padding: 0 0.55rem; border-radius: 999px; font-size: 0.9em; font-weight: 600; white-space: nowrap; }
.note { border-radius: 8px; padding: 0.6rem 0.75rem; margin: 0; }
#lost { margin-bottom: 1rem; }
.yes { color: var(--yes); background: var(--yes-bg); }
.no { color: var(--no); background: var(--no-bg); }
.wait { color: var(--wait); background: var(--wait-bg); }
.idle { color: var(--soft); background: var(--idle-bg); }
.big { font-size: 1.2rem; font-variant-numeric: tabular-nums; }
.programs { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); align-items: start; }
.program > p { margin: 0 0 0.5rem; }
.program > .note { margin: 0.5rem 0 0; }
.program { overflow-x: auto; }
.people { font-variant-numeric: tabular-nums; }
.people b { font-size: 1.2rem; font-weight: 600; }
.bar { display: block; width: 100%; height: 1.5rem; border: 1px solid var(--edge); border-radius: 4px; overflow: hidden; }
.defs { position: absolute; width: 0; height: 0; }
.swatch { width: 0.9rem; height: 0.9rem; border: 1px solid var(--edge); border-radius: 2px; vertical-align: -0.1rem; }
.fill-paid { fill: var(--bar-paid); }
.fill-aside { fill: url(#hatch); }
.fill-planned { fill: var(--wait-bg); }
.fill-left { fill: var(--bar-left); }
.hatch-ground { fill: var(--wait-bg); }
.hatch-line { fill: var(--bar-aside); }
table { width: 100%; border-collapse: collapse; margin: 0.5rem 0 0; }
th, td { text-align: left; font-weight: 400; padding: 0.25rem 0.5rem 0.25rem 0; vertical-align: baseline; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; }
th, td, .whole { white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
.sum { text-align: right; padding-right: 0; }
.program > table + .soft { margin-top: 0.25rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.turn { margin: 1rem 0 0.25rem; }
.waiting li { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: 0 1rem; padding: 0.35rem 0; border-top: 1px solid var(--line); }
.waiting li:first-child { border-top: 0; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.log li { display: grid; grid-template-columns: 8rem 4.5rem minmax(0, 1fr); gap: 0 1rem; padding: 0.35rem 0; border-top: 1px solid var(--line); }
.log li:first-child { border-top: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.when { color: var(--soft); font-variant-numeric: tabular-nums; }
.kind { color: var(--soft); font-size: 0.85em; margin-left: 0.35rem; }
.quiet .words { color: var(--soft); }
.checks li { display: grid; grid-template-columns: 6.75rem minmax(0, 1fr); gap: 0 0.75rem; padding: 0.4rem 0; border-top: 1px solid var(--line); }
.checks { margin-bottom: 0.75rem; }
.checks b, .checks .soft { display: block; }
.plain { list-style: disc; padding-left: 1.25rem; }
dl { display: grid; grid-template-columns: minmax(6.75rem, max-content) minmax(0, 1fr); gap: 0.2rem 0.75rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: 0.5rem 0; font-weight: 600; }
label { display: block; margin: 0.75rem 0 0.25rem; font-weight: 600; }
textarea, input, select { width: 100%; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: 6px;
  padding: 0.5rem; min-height: 2.75rem; }
textarea { font-family: ui-monospace, monospace; font-size: 1rem; overflow-wrap: anywhere; resize: vertical; }
button { margin-top: 1rem; font: inherit; font-weight: 600; padding: 0.5rem 1.25rem; min-height: 2.75rem; border-radius: 6px;
  border: 1px solid var(--link); background: var(--link); color: var(--card); cursor: pointer; }
button:hover { text-decoration: underline; }
button.grave { background: var(--no); border-color: var(--no); }
#passphrase-about { margin: 0.25rem 0 0; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
@media (max-width: 52rem) { .tasks { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 36rem) {
  .log li { grid-template-columns: max-content minmax(0, 1fr); gap: 0 1rem; }
  .log .when { text-align: right; }
  .log .words { grid-column: 1 / -1; }
  .kind { margin-left: 0; }
  .waiting li { grid-template-columns: minmax(0, 1fr); }
  td:not(.sum) { white-space: normal; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 0.35rem; }
  .checks li { grid-template-columns: 5rem minmax(0, 1fr); }
  section { padding: 0.85rem; }
  .answer .card { padding: 0.75rem 0 0; border-width: 1px 0 0; border-radius: 0; }
  button { width: 100%; }
}
`;

/** A hand that holds: one stroke, in a colour that shows on light and dark tabs. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#1d4f91"/>' +
  '<path d="M5 3v10M11 3v10M5 8h6" stroke="#fff" stroke-width="2" stroke-linecap="round" fill="none"/></svg>';
