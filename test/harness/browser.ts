import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';
import { temporaryFolder } from './folder.ts';

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

type Answer = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
};

/**
 * A page in a headless chromium of its own, spoken to by the DevTools protocol.
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
export class Browser {
  /** What the page logged or threw, and what its policy forbade. */
  readonly complaints: string[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
      else if (answer.method === 'Runtime.exceptionThrown' || answer.method === 'Log.entryAdded')
        this.complaints.push(JSON.stringify(answer.params));
    });
  }

  /** Opens a page; the browser ends with the test. */
  static async open(t: TestContext, url: string, view: View = { width: 1200, height: 900 }): Promise<Browser> {
    const profile = temporaryFolder(t);
    const child = spawn(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } },
    );
    const ended = once(child, 'exit');
    atEnd(t, async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const address = await debuggerOf(child.stderr);
    const pages = (await (await fetch(`http://${new URL(address).host}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
      type: string;
    }[];
    const target = pages.find(({ type }) => type === 'page');
    if (target === undefined) throw new Error('chromium has no page');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await once(socket, 'open');
    const browser = new Browser(socket);
    for (const domain of ['Page', 'Runtime', 'Log']) await browser.#ask(`${domain}.enable`);
    await browser.look(view);
    await browser.#ask('Page.navigate', { url });
    return browser;
  }

  /** Looks at the page in another way. */
  async look({ width, height, dark = false }: View): Promise<void> {
    await this.#ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.#ask('Emulation.setEmulatedMedia', { features });
  }

  /** The value of a JavaScript expression in the page, as JSON carries it. @throws Error where the page does. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.#ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    const { result, exceptionDetails } = answer as {
      result: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** All that a person can read on the page. */
  async text(): Promise<string> {
    return String(await this.evaluate("document.body?.innerText ?? ''"));
  }

  /** A picture of what is in the window, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = (await this.#ask('Page.captureScreenshot', { format: 'png' })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async #ask(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }
}

/** The address that chromium tells on stderr. @throws Error with all that it said where it ends before. */
async function debuggerOf(stderr: NodeJS.ReadableStream): Promise<string> {
  let said = '';
  for await (const line of createInterface(stderr)) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) {
      stderr.resume();
      return address;
    }
    said += `${line}\n`;
  }
  throw new Error(`chromium ended:\n${said}`);
}
