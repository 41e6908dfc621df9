/**
 * What is set in the namespace. All ports are there for connections, and of those that were closed only a few are kept for a minute, as
 * they would be in the way of what is measured next.
 */
export const namespaceSettings = { ip_local_port_range: '10000 65535', tcp_max_tw_buckets: '2048' };
