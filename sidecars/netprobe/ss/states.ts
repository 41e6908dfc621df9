/** The states in the words of a filter (ss(8)), with those of the table. */
const words: Readonly<Record<string, readonly string[]>> = {
  established: ['ESTAB'],
  estab: ['ESTAB'],
  'syn-sent': ['SYN-SENT'],
  'syn-recv': ['SYN-RECV'],
  'fin-wait-1': ['FIN-WAIT-1'],
  'fin-wait-2': ['FIN-WAIT-2'],
  'time-wait': ['TIME-WAIT'],
  closed: ['UNCONN'],
  unconnected: ['UNCONN'],
  'close-wait': ['CLOSE-WAIT'],
  'last-ack': ['LAST-ACK'],
  listening: ['LISTEN'],
  listen: ['LISTEN'],
  closing: ['CLOSING'],
  bucket: ['SYN-RECV', 'TIME-WAIT'],
  connected: ['ESTAB', 'SYN-SENT', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSE-WAIT', 'LAST-ACK', 'CLOSING'],
  synchronized: ['ESTAB', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSE-WAIT', 'LAST-ACK', 'CLOSING'],
  big: ['ESTAB', 'SYN-SENT', 'FIN-WAIT-1', 'FIN-WAIT-2', 'UNCONN', 'CLOSE-WAIT', 'LAST-ACK', 'LISTEN', 'CLOSING'],
};

/** All that a state may be called in a filter. */
export const stateWords: readonly string[] = [...Object.keys(words), 'all'];

/** All states there are. */
const every: ReadonlySet<string> = new Set(Object.values(words).flat());

/** What is listed where neither a state nor `-a` nor `-l` is given. */
export const connectedStates: ReadonlySet<string> = new Set([
  'ESTAB',
  'SYN-SENT',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'LAST-ACK',
  'CLOSING',
]);

/** What `-l` lists: UDP sockets without a peer too. */
export const listeningStates: ReadonlySet<string> = new Set(['LISTEN', 'UNCONN']);

/** The states that a word stands for; undefined where it is none. */
export function statesOfWord(word: string): ReadonlySet<string> | undefined {
  if (word === 'all') return every;
  const found = words[word.toLowerCase()];
  return found && new Set(found);
}

/** All states. */
export { every as everyState };
