// Where things lie in the memory, below the first arena byte. The loader (../module.ts) has the same numbers.

/** What a call did, eight u32. */
export const result: usize = 0;
/** What the clock of a stream told last, the first stamp behind it that is free, and when the chunk was read: three u64 of nanoseconds since 1970. */
export const told: usize = 32;
export const free: usize = 40;
export const read: usize = 48;
/** The time of a line, where the host was asked for it. */
export const time: usize = 64;
/** The class of each first byte, where lines are joined. */
export const classes: usize = 256;
/** Which letters behind a backslash are an escape of two characters. */
export const simpleEscapes: usize = 512;
/** For each mask of eight bytes that are to be escaped: where the bytes of the result come from. */
export const expansions: usize = 1024;
