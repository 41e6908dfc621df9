/** A card of a page: a title, a line of facts `#ID-facts`, its content `#ID`, and what is said where it has nothing to show, `#ID-empty`. */
export function card(id: string, title: string, empty = ''): string {
  return `<section><header><h2>${title}</h2><p class="facts" id="${id}-facts" hidden></p></header><div id="${id}"></div>${
    empty && `<p class="facts" id="${id}-empty" hidden>${empty}</p>`
  }</section>`;
}

/** The looks of cards, of two columns of them, and of bars with a legend: the parts of a bar take the colour that their class gives as `--state`. */
export const cardStyle = `
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 1rem}
.pair>*{display:flex;flex-direction:column;min-width:0}
.pair section:last-child{flex:1}
section>header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:0 1rem;margin-bottom:.5rem}
.bar{display:block;width:100%;height:4px;margin-top:.3rem;border-radius:2px;background:var(--line)}
.pair>*>section>div>.bar{height:12px;margin:.4rem 0 .7rem;border-radius:4px}
rect{fill:currentColor}
rect[class^=s-]{fill:var(--state,var(--dim))}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem}
.legend li{list-style:none;font-size:.87rem;color:var(--dim)}
.legend b{color:var(--text)}
.legend li::before{content:"";display:inline-block;width:.65em;height:.65em;margin-right:.45em;border-radius:2px;background:var(--state,var(--dim))}
dl{display:grid;grid-template-columns:1fr auto;gap:.15rem 1rem;margin:.9rem 0 0;font-size:.93rem}
dt{color:var(--dim)}
dd{margin:0;text-align:right}
tbody small{font-weight:400}
@media (max-width:760px){
.pair{grid-template-columns:minmax(0,1fr)}
}
`;
