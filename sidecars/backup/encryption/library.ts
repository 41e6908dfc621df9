// What we use of the age library, by name, so that a bundle holds nothing else; images/bundle.ts makes a file of its own of it. Load it by `await import()`.
export { Decrypter, Encrypter, Stanza } from 'age-encryption';
