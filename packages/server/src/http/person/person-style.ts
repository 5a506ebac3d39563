/** The style of the pages for people: no downloads, no script; logical sides, so that it runs either way. */
export const PERSON_STYLE = `
:root{color-scheme:light dark;--ink:#1b2430;--soft:#4f5d6c;--paper:#f3f5f8;--card:#fff;--line:#d9dee5;--edge:#75818f;--link:#1d4f91;
--good:#14663a;--good-bg:#e3f4ea;--bad:#a01c28;--bad-bg:#fbe7e8;--waiting:#744700;--waiting-bg:#fdf1dc;--over:#4f5d6c;--over-bg:#e9edf1}
@media (prefers-color-scheme:dark){:root{--ink:#e7ebf0;--soft:#a9b5c2;--paper:#11161b;--card:#1a2129;--line:#313b47;--edge:#7d8a98;
--link:#8fbcff;--good:#7fdca4;--good-bg:#143524;--bad:#ff9ba3;--bad-bg:#43191d;--waiting:#f6c873;--waiting-bg:#3d2c0d;--over:#a9b5c2;--over-bg:#2a333d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif;overflow-wrap:break-word}
header,main,footer{max-width:42rem;margin:0 auto;padding:0 1rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:space-between;align-items:baseline;padding-block:1rem .5rem}
header p{margin:0;color:var(--soft);font-weight:600}
nav a,nav b{display:inline-block;padding:.5rem .45rem}
nav b{text-decoration:underline;text-underline-offset:.25em}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
h1{font-size:1.5rem;line-height:1.3;margin:0;padding:1rem;border-radius:12px;border-inline-start:.5rem solid currentColor}
h2{font-size:1rem;margin:0 0 .15rem;color:var(--soft)}
p{margin:0 0 .5rem}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.waiting{color:var(--waiting);background:var(--waiting-bg)}.over{color:var(--over);background:var(--over-bg)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem;margin-block:1rem}
.card>section{padding-block:.6rem;border-block-start:1px solid var(--line)}
.card>section:first-child{border:0;padding-block-start:0}
.card>section p:last-child{margin:0}
.by p{font-weight:600}
h1.plain{padding-inline:0;border:0}
.said{border-radius:12px;padding:.75rem 1rem;border-inline-start:.5rem solid currentColor;font-weight:600;margin-block:1rem}.said a{color:inherit}
.list{list-style:none;margin:0;padding:0}.list a{display:inline-block;padding-block:.35rem}
.note{border-radius:12px;padding:.75rem 1rem;margin-block:0 1rem}
.soft{color:var(--soft);font-size:.95rem;margin-block-start:.35rem}
label{display:block;margin:.75rem 0 .25rem;font-weight:600}
textarea,input,select{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:.6rem;min-height:2.9rem}
button{margin-block:1rem 0;font:inherit;font-weight:600;padding:.6rem 1.25rem;min-height:2.9rem;border-radius:8px;border:1px solid var(--link);background:var(--link);color:var(--card);cursor:pointer}
button.second{background:transparent;color:var(--link)}
body.wide>header,body.wide>main,body.wide>footer{max-width:70rem}
.pair{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));margin-block:1rem}
.pair>.card{margin:0}
.mark{display:inline-block;padding:0 .55rem;border-radius:999px;font-size:.9em;white-space:nowrap;margin-inline-start:.25rem}
.links a{display:inline-block;padding-block:.5rem;margin-inline-end:1rem}
summary{cursor:pointer;font-weight:600;padding-block:.5rem;color:var(--link)}
code{unicode-bidi:isolate;overflow-wrap:anywhere}
@media (max-width:30rem){button{width:100%}}
@media print{form,nav,details{display:none}body{background:#fff;color:#000}.card,h1{border-color:#000}}
`;
