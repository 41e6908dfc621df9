/** The looks that all live pages have. A table becomes a list of blocks where the window is narrow. */
export const style = `
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--line:#e2e5ea;--text:#1c2128;--dim:#626c7a;--flow:#2563eb;--good:#187a36;--warn:#8a5a00;--bad:#c3212a}
@media (prefers-color-scheme:dark){:root{--page:#101317;--card:#181c22;--line:#2b313a;--text:#e4e8ee;--dim:#919baa;--flow:#79aefc;--good:#57c878;--warn:#e0b04a;--bad:#ff8078}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1,h2,p,ul{margin:0;padding:0}
h1{font-size:1.35rem;letter-spacing:-.01em}
h2{font-size:1.1rem;overflow-wrap:anywhere}
body>header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem 1rem;margin-bottom:1.25rem}
#facts,.facts,small,footer,.zero{color:var(--dim)}
.facts,small,footer{font-size:.87rem}
#total{margin-left:auto;white-space:pre}
#total,.flow{color:var(--flow)}
#ready::before,.state::before{content:"";display:inline-block;width:.55em;height:.55em;margin-right:.45em;border-radius:50%;background:currentColor;vertical-align:.08em}
span.up{color:var(--good)}
span.down,.bad{color:var(--bad)}
span.pending,.warn{color:var(--warn)}
#problems{margin-bottom:1rem}
#gone,#problems li{list-style:none;margin-bottom:.5rem;padding:.45rem .8rem;border-left:3px solid var(--warn);border-radius:4px;background:color-mix(in srgb,var(--warn) 11%,transparent);overflow-wrap:anywhere}
#gone{border-color:var(--bad);background:color-mix(in srgb,var(--bad) 11%,transparent)}
#gone:not([hidden])~main{opacity:.45}
section{margin-bottom:1rem;padding:1rem 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:8px}
.spark{display:block;width:22rem;max-width:100%;height:30px;margin:.3rem 0 0 auto;border-bottom:1px solid var(--line)}
polyline{fill:none;stroke:var(--flow);stroke-width:1.5;stroke-linejoin:round;vector-effect:non-scaling-stroke}
polygon{fill:color-mix(in srgb,var(--flow) 16%,transparent)}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th,td{padding:.4rem 0 .4rem 1rem;text-align:right;vertical-align:top;white-space:nowrap}
th:first-child{padding-left:0;text-align:left}
thead th{padding-bottom:.2rem;color:var(--dim);font-size:.8rem;font-weight:500}
tbody th{font-weight:500;overflow-wrap:anywhere;white-space:normal}
tbody tr>*{border-top:1px solid var(--line)}
tbody tr:last-child>*{padding-bottom:0}
small{display:block;white-space:normal;overflow-wrap:anywhere}
footer a{color:inherit;margin-right:.75rem}
@media (max-width:760px){
body{padding:1rem}
#total{margin-left:0}
section{padding:.9rem 1rem}
.spark{width:100%;margin-left:0}
table,tbody{display:block}
thead{display:none}
tbody tr{display:grid;grid-template-columns:repeat(3,1fr);gap:.35rem .8rem;padding:.6rem 0;border-top:1px solid var(--line)}
tbody tr>*{width:auto!important;border:0;padding:0;text-align:left}
tbody th{grid-column:1/-1;font-weight:600}
td[data-label]::before{content:attr(data-label);display:block;color:var(--dim);font-size:.76rem}
}
`;
