/** The looks that the page has beside those of all pages and of cards. */
export const style = `
#orphaned{margin-bottom:1rem;padding:1rem 1.25rem;border-radius:8px;background:var(--bad);color:var(--card);font-size:1.1rem;font-weight:600}
.interface{display:flex;justify-content:space-between;gap:.3rem 1.5rem;padding:.5rem 0}
.interface+.interface{border-top:1px solid var(--line)}
.interface>div{min-width:0}
.interface>div:last-child{flex:0 0 16rem;max-width:100%}
.flow{text-align:right;white-space:pre}
.spark{width:100%}
.fine{color:var(--flow)}
td .fine{color:inherit}
.s-estab{--state:var(--flow)}
.s-time-wait{--state:color-mix(in srgb,var(--dim) 55%,transparent)}
.s-close-wait{--state:var(--warn)}
.s-syn-sent,.s-syn-recv{--state:#9b6cf0}
.s-fin-wait-1,.s-fin-wait-2,.s-closing,.s-last-ack{--state:#2aa3a3}
.of7 th:first-child{width:32%}
.of7 small{display:inline;margin-left:.6em}
.of4 th:first-child{width:46%}
.of3 th:first-child{width:52%}
#checks th:first-child{width:38%}
#checks th:last-child{width:12%}
#checks th:nth-child(2),#checks td:nth-child(2){text-align:left;white-space:normal;overflow-wrap:anywhere}
th .state.up,th .state.pending{color:inherit}
.state.up::before{background:var(--good)}
.state.pending::before{background:var(--warn)}
@media (max-width:760px){
.interface{display:block}
#checks tbody tr{grid-template-columns:3fr 1fr}
}
`;
