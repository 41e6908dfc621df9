/**
 * What of a packet is kept: all of it; its headers up to TCP, UDP or ICMP, and as many zeros as there was payload; or those headers alone.
 */
export type Privacy = 'all' | 'mask' | 'headers';
