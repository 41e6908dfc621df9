// node scrape.ts COUNT URL: asks so many times at once, and tells how many were answered well, and how long the answers are.
const [count = '1', url = ''] = process.argv.slice(2);
const answers = await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const response = await fetch(url);
    return { ok: response.ok, size: (await response.text()).length };
  }),
);
console.log(JSON.stringify({ ok: answers.filter(({ ok }) => ok).length, sizes: answers.map(({ size }) => size) }));
