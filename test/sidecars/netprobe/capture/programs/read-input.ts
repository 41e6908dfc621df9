// Reads a file of packets, or the standard input, and says how many bytes came, or why they did not.
import { captureFileChunks } from '../../../../../sidecars/netprobe/capture/pcapng/open-capture-file.ts';

let bytes = 0;
try {
  for await (const chunk of captureFileChunks(process.argv[2] ?? '-', new AbortController().signal)) bytes += chunk.length;
  console.log(bytes);
} catch (error) {
  console.log(String(error));
}
