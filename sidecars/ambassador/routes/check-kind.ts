import { Invalid, type Kind } from '#shared/config/kinds.ts';

/** How a backend is asked whether it lives. */
export type CheckSpec = { readonly type: 'off' | 'tcp' | 'tls' } | { readonly type: 'http' | 'https'; readonly path: string };

/** `off`, `tcp`, `tls`, `http:/PATH` or `https:/PATH`. */
export const check: Kind<CheckSpec> = {
  name: 'check',
  parse: (text) => {
    if (text === 'off' || text === 'tcp' || text === 'tls') return { type: text };
    const [, type, path] = /^(https?):(\/[\x21-\x7e]*)$/.exec(text) ?? [];
    if (path === undefined) throw new Invalid('is none of off, tcp, tls, http:/PATH and https:/PATH');
    return { type: type === 'http' ? 'http' : 'https', path };
  },
  format: (value) => ('path' in value ? `${value.type}:${value.path}` : value.type),
};
