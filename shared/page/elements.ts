/** As much of a browser as the pages use. What is shown gets in as text: no markup can come of a name. */
export interface Element {
  textContent: string | null;
  className: string;
  hidden: boolean;
  readonly children: { readonly length: number; readonly [index: number]: Element };
  append(...nodes: (Element | string)[]): void;
  insertBefore(node: Element, before: Element | null): void;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  remove(): void;
}

declare const document: {
  getElementById(id: string): Element | null;
  createElement(tag: string): Element;
  createElementNS(space: string, tag: string): Element;
};

/** The functions of {@link elements}. */
export type Elements = ReturnType<typeof elements>;

/**
 * How a page makes and changes its elements. Nothing is touched that is as it should be, so that what a person selects stays selected.
 * It is sent to browsers as its own text: whatever it uses has to be in it, and only types may come from outside.
 */
export function elements() {
  const byId = (id: string): Element => {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`the page has no #${id}`);
    return element;
  };

  const make = (tag: string, className: string, ...children: (Element | string)[]): Element => {
    const element = document.createElement(tag);
    element.className = className;
    element.append(...children);
    return element;
  };

  /** Gives an element its text, and hides it where that is empty. */
  const write = (element: Element, text: string, className = element.className): void => {
    if (element.textContent !== text) element.textContent = text;
    if (element.className !== className) element.className = className;
    if (element.hidden !== (text === '')) element.hidden = text === '';
  };

  /** A function that keeps one child of an element for each of some items, in their order. */
  const each = <T, V extends { readonly root: Element }>(
    parent: Element,
    keyOf: (item: T) => string,
    create: (item: T) => V,
    update: (view: V, item: T) => void,
  ) => {
    const views = new Map<string, V>();
    return (items: readonly T[]): void => {
      const keys = new Set(items.map(keyOf));
      for (const [key, { root }] of views) {
        if (keys.has(key)) continue;
        root.remove();
        views.delete(key);
      }
      for (const [index, item] of items.entries()) {
        const view = views.get(keyOf(item)) ?? create(item);
        views.set(keyOf(item), view);
        const there = parent.children[index];
        if (there !== view.root) parent.insertBefore(view.root, there ?? null);
        update(view, item);
      }
    };
  };

  /** The same for lines of text. */
  const lines = (parent: Element, tag: string, className: string) =>
    each<string, { readonly root: Element }>(
      parent,
      (text) => text,
      (text) => ({ root: make(tag, className, text) }),
      () => {},
    );

  /** A line of the last numbers, the newest at its right end, as high as the highest of them. */
  const sparkline = (places: number) => {
    const [width, height] = [places - 1, 30];
    const space = 'http://www.w3.org/2000/svg';
    const root = document.createElementNS(space, 'svg');
    root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    root.setAttribute('preserveAspectRatio', 'none');
    root.setAttribute('role', 'img');
    root.setAttribute('class', 'spark');
    const [area, line] = [document.createElementNS(space, 'polygon'), document.createElementNS(space, 'polyline')];
    root.append(area, line);
    const draw = (numbers: readonly number[], label: string): void => {
      const most = Math.max(1, ...numbers);
      const points = numbers.map((number, index) => {
        const x = width - (numbers.length - 1 - index);
        return `${x},${(height - 1 - (number / most) * (height - 2)).toFixed(1)}`;
      });
      line.setAttribute('points', points.join(' '));
      area.setAttribute('points', `${width - numbers.length + 1},${height} ${points.join(' ')} ${width},${height}`);
      root.setAttribute('aria-label', label);
    };
    return { root, draw };
  };

  /** Parts of a whole beside each other, each with a class of its own; what is left of the whole stays empty. */
  const bar = () => {
    const space = 'http://www.w3.org/2000/svg';
    const root = document.createElementNS(space, 'svg');
    root.setAttribute('viewBox', '0 0 100 1');
    root.setAttribute('preserveAspectRatio', 'none');
    root.setAttribute('aria-hidden', 'true');
    root.setAttribute('class', 'bar');
    const draw = (parts: readonly (readonly [className: string, share: number])[]): void => {
      let left = 0;
      for (const [index, [className, share]] of parts.entries()) {
        let part = root.children[index];
        if (part === undefined) {
          part = document.createElementNS(space, 'rect');
          part.setAttribute('height', '1');
          root.append(part);
        }
        const width = Math.min(100 - left, Math.max(0, share) * 100);
        part.setAttribute('class', className);
        part.setAttribute('x', left.toFixed(2));
        part.setAttribute('width', width.toFixed(2));
        left += width;
      }
      for (let spare = root.children[parts.length]; spare !== undefined; spare = root.children[parts.length]) spare.remove();
    };
    return { root, draw };
  };

  return { byId, make, write, each, lines, sparkline, bar };
}
