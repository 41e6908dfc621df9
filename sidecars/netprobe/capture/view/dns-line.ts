import type { Dns, DnsRecord } from '../decode/packet.ts';

const operations: readonly string[] = ['', ' inv_q', ' stat', ' op3', ' notify', ' update'];

/** As tcpdump writes them; others are written as they are. */
const codes: Readonly<Record<string, string>> = {
  NOERROR: '',
  FORMERR: ' FormErr',
  SERVFAIL: ' ServFail',
  NXDOMAIN: ' NXDomain',
  NOTIMP: ' NotImp',
  REFUSED: ' Refused',
  YXDOMAIN: ' YXDomain',
  YXRRSET: ' YXRRSet',
  NXRRSET: ' NXRRSet',
  NOTAUTH: ' NotAuth',
  NOTZONE: ' NotZone',
};

/** More records than that are not taken apart. */
const mostRecords = 256;

/**
 * DNS as tcpdump has it: `2+ A? redis. (23)`, `2 1/0/0 A 10.0.0.2 (39)`.
 * @param length of the message, in bytes.
 * @param verbose all of it, as tcpdump -vvv: questions of answers too, names, times to live, and the other sections.
 */
export function dnsLine(dns: Dns, length: number, verbose: boolean): string {
  const { answers, counts } = dns;
  const isWhole = answers.length >= Math.min(counts.answers, mostRecords) && dns.questions.length >= counts.questions;
  const words = dns.isResponse ? responseText(dns, verbose) : requestText(dns, verbose);
  return isWhole ? `${words} (${length})` : `${words} [|domain]`;
}

function requestText(dns: Dns, verbose: boolean): string {
  const { id, opcode, flags, questions, counts, edns } = dns;
  let text = `${id}${operationText(opcode)}${flags.includes('rd') ? '+' : ''}${flags.includes('cd') ? '%' : ''}`;
  if (counts.answers > 0) text += ` [${counts.answers}a]`;
  if (counts.questions !== 1) text += ` [${counts.questions}q]`;
  if (counts.authorities > 0) text += ` [${counts.authorities}n]`;
  if (counts.additionals > 0) text += ` [${counts.additionals}au]`;
  for (const { type, name } of questions) text += ` ${type}? ${name}`;
  if (!verbose) return text;
  if (dns.answers.length > 0) text += recordsText(dns.answers, true);
  return `${text}${restText(dns.authorities, dns.additionals, edns)}`;
}

function responseText(dns: Dns, verbose: boolean): string {
  const { id, opcode, code, flags, questions, answers, counts } = dns;
  const marks = `${flags.includes('aa') ? '*' : ''}${flags.includes('ra') ? '' : '-'}${flags.includes('tc') ? '|' : ''}${flags.includes('ad') ? '$' : ''}`;
  let text = `${id}${operationText(opcode)}${codes[code] ?? ` ${code}`}${marks}`;
  if (counts.questions !== 1) text += ` [${counts.questions}q]`;
  if (verbose) text += questions.map(({ type, name }) => ` q: ${type}? ${name}`).join(',');
  text += ` ${counts.answers}/${counts.authorities}/${counts.additionals}`;
  text += recordsText(answers, verbose);
  return verbose ? `${text}${restText(dns.authorities, dns.additionals, dns.edns)}` : text;
}

function operationText(opcode: number): string {
  return operations[opcode] ?? ` op${opcode}`;
}

function recordsText(records: readonly DnsRecord[], verbose: boolean): string {
  return records.map((record) => recordText(record, verbose)).join(',');
}

function restText(authorities: readonly DnsRecord[], additionals: readonly DnsRecord[], edns: Dns['edns']): string {
  const more = additionals.map((record) => recordText(record, true));
  if (edns !== undefined) more.push(` . OPT UDPsize=${edns.size}${edns.dnssec ? ' DO' : ''}`);
  const parts = authorities.length > 0 ? ` ns:${recordsText(authorities, true)}` : '';
  return more.length > 0 ? `${parts} ar:${more.join(',')}` : parts;
}

function recordText({ name, type, ttl, data }: DnsRecord, verbose: boolean): string {
  // what tcpdump leaves out unless it is asked for all
  const content = type === 'SOA' && !verbose ? '' : ` ${contentText(type, data)}`;
  return verbose ? ` ${name} [${timeToLive(ttl)}] ${type}${content}` : ` ${type}${content}`;
}

/** What tcpdump writes in another order than a zone file: the host first. */
function contentText(type: string, data: string): string {
  const words = data.split(' ');
  if (type === 'MX' && words.length === 2) return `${words[1]} ${words[0]}`;
  if (type === 'SRV' && words.length === 4) return `${words[3]}:${words[2]} ${words[0]} ${words[1]}`;
  return data;
}

const lengths = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** `1h5m` */
function timeToLive(seconds: number): string {
  if (seconds === 0) return '0s';
  let text = '';
  let left = seconds;
  for (const [unit, length] of lengths) {
    const count = Math.floor(left / length);
    if (count > 0) text += `${count}${unit}`;
    left -= count * length;
  }
  return text;
}
