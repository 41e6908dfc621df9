/** The URL over HTTP of a destination whose scheme says which protocol that carries: `loki+https://host/` is at `https://host/`. */
export function overHttp(url: URL): URL {
  return new URL(url.href.slice(url.protocol.indexOf('+') + 1));
}
