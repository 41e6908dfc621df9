// The connections of undici, by themselves: all of undici costs 5 MiB more of private memory. images/bundle.ts makes a file of its own of it, which is as large
// as the rest of the sidecar. Load it by `await import()`.
export { default as Pool } from 'undici/lib/dispatcher/pool.js';
