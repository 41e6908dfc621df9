import { readFileSync } from 'node:fs';
import { FrameReader } from '../../../../../sidecars/netprobe/capture/pcapng/frame-reader.ts';
import { PacketView, type PacketViewOptions } from '../../../../../sidecars/netprobe/capture/view/packet-view.ts';

/** What a view shows of a file of packets. */
export function shownOf(file: string | Uint8Array, options: PacketViewOptions = {}): string {
  let text = '';
  const view = new PacketView(options, (more) => {
    text += more;
  });
  const reader = new FrameReader({ frame: (frame) => void view.frame(frame) });
  reader.push(typeof file === 'string' ? readFileSync(file) : file);
  reader.end();
  view.flush();
  return text;
}
