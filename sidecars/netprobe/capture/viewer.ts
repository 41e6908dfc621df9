import { print } from '#shared/print.ts';
import { FlowView } from './flows/flow-view.ts';
import type { Frame } from './frame.ts';
import type { CaptureOptions } from './verb.ts';
import { PacketView } from './view/packet-view.ts';

/** Shows frames to a person. */
export interface Viewer {
  /** Takes a frame, whose memory it does not keep. @returns whether it is shown */
  frame(frame: Frame): boolean;
  /** Shows what was taken; resolves when it was. */
  flush(): Promise<void>;
  /** How many packets the kernel has dropped until now. */
  dropped(count: number): void;
  /** Shows again and again, where frames come from the network, until it is over. */
  watch(): Promise<void>;
  /** There are no more frames. */
  finish(): Promise<void>;
}

/**
 * What was asked for: a line for each packet, or a table of conversations.
 * @param ending when it is over, and `quit` ends it. @throws Exit where the regular expression is none
 */
export function openViewer(given: CaptureOptions, ending: AbortSignal, quit: () => void): Viewer {
  return given.flows ? flowViewer(given, ending, quit) : packetViewer(given);
}

function packetViewer(given: CaptureOptions): Viewer {
  let printed = Promise.resolve();
  const view = new PacketView(given, (text) => {
    printed = Promise.all([printed, print(text)]).then(() => {});
  });
  const flush = () => {
    view.flush();
    return printed;
  };
  return { frame: (frame) => view.frame(frame), flush, dropped: () => {}, watch: async () => {}, finish: flush };
}

function flowViewer({ every, lines, json }: CaptureOptions, ending: AbortSignal, quit: () => void): Viewer {
  const view = new FlowView({ every, lines, json, ending, quit });
  return {
    frame: (frame) => {
      view.frame(frame);
      return true;
    },
    flush: async () => {},
    dropped: (count) => view.dropped(count),
    watch: () => view.run(),
    finish: () => view.finish(),
  };
}
