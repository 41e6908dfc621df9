/** The looks that the page has beside those of all pages and of cards. */
export const style = `
#choice{display:flex;justify-content:flex-end;gap:.5rem;margin-bottom:.75rem;font-size:.93rem;color:var(--dim)}
select{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.1rem .4rem}
.spark{width:100%;height:168px;margin:.6rem 0}
#times dl{margin:0}
.big{font-size:1.6rem;white-space:pre}
.s-1xx{--state:#9b6cf0}
.s-2xx{--state:var(--good)}
.s-3xx{--state:var(--flow)}
.s-4xx{--state:var(--warn)}
.s-5xx{--state:var(--bad)}
.of7 th:first-child{width:38%}
`;
