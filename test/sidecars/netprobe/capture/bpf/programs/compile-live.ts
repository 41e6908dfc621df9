// Prints the program that libpcap makes of a filter for a live capture of an interface, in hexadecimal: compile-live.ts INTERFACE FILTER…
const ffi = process.getBuiltinModule('node:ffi');
const { functions } = ffi.dlopen('libpcap.so.0.8', {
  pcap_create: { return: 'pointer', arguments: ['string', 'buffer'] },
  pcap_activate: { return: 'i32', arguments: ['pointer'] },
  pcap_compile: { return: 'i32', arguments: ['pointer', 'buffer', 'string', 'i32', 'u32'] },
  pcap_geterr: { return: 'pointer', arguments: ['pointer'] },
});
const [name = '', ...filters] = process.argv.slice(2);
const handle = functions.pcap_create(name, Buffer.alloc(256));
if (functions.pcap_activate(handle) < 0) throw new Error(ffi.toString(functions.pcap_geterr(handle)) ?? '');
for (const filter of filters) {
  const fields = Buffer.alloc(16);
  if (functions.pcap_compile(handle, fields, filter, 0, 0xff_ff_ff_ff) !== 0)
    throw new Error(`${filter}: ${ffi.toString(functions.pcap_geterr(handle))}`);
  console.log(ffi.toBuffer(fields.readBigUInt64LE(8), fields.readUInt32LE(0) * 8, true).toString('hex'));
}
