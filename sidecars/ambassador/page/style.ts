/** The looks of the page. A table becomes a list of blocks where the window is narrow. */
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
#facts,.facts,small,footer{color:var(--dim)}
.facts,.turned,.none,small,footer{font-size:.87rem}
#total{margin-left:auto}
#total,.flow{color:var(--flow)}
#total{white-space:pre}
#ready::before,.state::before{content:"";display:inline-block;width:.55em;height:.55em;margin-right:.45em;border-radius:50%;background:currentColor;vertical-align:.08em}
span.up{color:var(--good)}
span.down,.bad,.turned{color:var(--bad)}
span.ejected,span.pending,.warn{color:var(--warn)}
.leaving,.zero{color:var(--dim)}
#problems{margin-bottom:1rem}
#gone,#problems li,.faults li{list-style:none;margin-bottom:.5rem;padding:.45rem .8rem;border-left:3px solid var(--warn);border-radius:4px;background:color-mix(in srgb,var(--warn) 11%,transparent);overflow-wrap:anywhere}
#gone{border-color:var(--bad);background:color-mix(in srgb,var(--bad) 11%,transparent)}
#gone:not([hidden])~main{opacity:.45}
section{margin-bottom:1rem;padding:1rem 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:8px}
section>header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.6rem 2rem;margin-bottom:.6rem}
.now p{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:0 1rem}
.now span{white-space:pre}
svg{display:block;width:22rem;max-width:100%;height:30px;margin:.3rem 0 0 auto;border-bottom:1px solid var(--line)}
polyline{fill:none;stroke:var(--flow);stroke-width:1.5;stroke-linejoin:round;vector-effect:non-scaling-stroke}
polygon{fill:color-mix(in srgb,var(--flow) 16%,transparent)}
.facts,.turned{margin-bottom:.2rem}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th,td{padding:.4rem 0 .4rem 1rem;text-align:right;vertical-align:top;white-space:nowrap}
th:first-child,td:nth-child(2){text-align:left}
th:first-child{padding-left:0;width:21%}
th:nth-child(2){width:22%}
th:last-child{width:12%}
thead th{padding-bottom:.2rem;color:var(--dim);font-size:.8rem;font-weight:500}
thead th:nth-child(2){text-align:left}
tbody th{font-weight:500;overflow-wrap:anywhere;white-space:normal}
tbody tr>*{border-top:1px solid var(--line)}
small{display:block;white-space:normal;overflow-wrap:anywhere}
footer a{color:inherit;margin-right:.75rem}
tbody tr:last-child>*{padding-bottom:0}
@media (max-width:760px){
body{padding:1rem}
#total{margin-left:0}
section{padding:.9rem 1rem}
.now{width:100%}
.now p{justify-content:flex-start}
svg{width:100%;margin-left:0}
table,tbody{display:block}
thead{display:none}
tbody tr{display:grid;grid-template-columns:repeat(3,1fr);gap:.35rem .8rem;padding:.6rem 0;border-top:1px solid var(--line)}
tbody tr>*{width:auto!important;border:0;padding:0;text-align:left}
tbody th,tbody td:nth-child(2){grid-column:1/-1}
tbody th{font-weight:600}
tbody td:nth-child(2){margin-top:-.3rem}
td:nth-child(n+3)::before{content:attr(data-label);display:block;color:var(--dim);font-size:.76rem}
}
`;
