/** The looks that the page has beside those of all pages. */
export const style = `
.turned,.none{font-size:.87rem}
.turned{color:var(--bad)}
span.ejected{color:var(--warn)}
.leaving{color:var(--dim)}
.faults li{list-style:none;margin-bottom:.5rem;padding:.45rem .8rem;border-left:3px solid var(--warn);border-radius:4px;background:color-mix(in srgb,var(--warn) 11%,transparent);overflow-wrap:anywhere}
section>header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.6rem 2rem;margin-bottom:.6rem}
.now p{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:0 1rem}
.now span{white-space:pre}
.facts,.turned{margin-bottom:.2rem}
th:nth-child(2),td:nth-child(2){text-align:left}
th:first-child{width:21%}
th:nth-child(2){width:22%}
th:last-child{width:12%}
@media (max-width:760px){
.now{width:100%}
.now p{justify-content:flex-start}
tbody td:nth-child(2){grid-column:1/-1;margin-top:-.3rem}
tbody td:nth-child(2)::before{display:none}
}
`;
