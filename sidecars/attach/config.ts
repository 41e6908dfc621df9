import { boolean, Invalid, type Kind } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { defineTool } from '#shared/config/tool.ts';
import { verb } from '#shared/config/verb.ts';
import { verbatim } from '#shared/config/verbatim.ts';

/** The name of a file or a folder, from where the person is; `-` for stdin and stdout. */
const file: Kind<string> = {
  name: 'file',
  parse: (text) => {
    if (text === '' || text.includes('\0')) throw new Invalid('names no file');
    return text;
  },
  format: String,
};

const folder: Kind<string> = { ...file, name: 'folder' };

const tag: Kind<string> = {
  name: 'tag',
  parse: (text) => {
    if (!/^\w[\w.-]{0,127}$/.test(text)) throw new Invalid('is no tag of an image: letters, digits, _ . and - in any order');
    return text;
  },
  format: String,
};

const prefix: Kind<string> = {
  name: 'prefix',
  parse: (text) => {
    if (!/^[a-z0-9][a-zA-Z0-9._:/-]*$/.test(text))
      throw new Invalid('cannot begin the name of an image; write registry.example/sidekick/');
    return text;
  },
  format: String,
};

/** Variables, of which a flag gives one. */
const variables: Kind<readonly string[]> = {
  ...verbatim,
  name: 'variable',
  parse: (text) => {
    const pairs = verbatim.parse(text);
    const wrong = pairs.find((pair) => !/^[A-Za-z_][A-Za-z0-9_]*(=|$)/.test(pair));
    if (wrong !== undefined) throw new Invalid('is neither NAME=VALUE nor NAME');
    return pairs;
  },
};

const options = {
  file: optional(
    file,
    'What is read: a compose file or, with --kubernetes, a manifest. - is stdin.',
    'stdin; at a terminal the compose file of this folder',
  ),
  output: optional(
    file,
    'What is written, whole or not at all. It may be the file that is read: attaching twice gives the same as once.',
    'stdout',
  ),
  kubernetes: option(boolean, false, 'The file is a manifest of Kubernetes, and what is asked for stands in annotations.'),
  tag: optional(tag, 'Tag of the images.', 'what the file says, else this version'),
  images: optional(
    prefix,
    'What goes before the name of an image: registry.example/sidekick/.',
    'what the file says, else `sidekick/`',
  ),
  build: optional(
    folder,
    'Let compose build the images from a clone of Sidekick, whose root this is, as seen from the compose file.',
    'what the file says, else they are not built',
  ),
  remove: option(boolean, false, 'Take out again what was attached; every other byte stays.'),
  check: option(
    boolean,
    false,
    'Write nothing, and exit 1 where the file of -o is not what would be written, with the first line that differs.',
  ),
};

const verbs = {
  explain: verb({
    usage: '[--json]',
    summary: 'Prints what would be added to each service, and why.',
    options: { json: option(boolean, false, 'As JSON.') },
  }),
  run: verb({
    usage: '[-e NAME[=VALUE]…] CONTAINER SIDECAR [WORD…]',
    summary:
      "Prints the docker run line that attaches a sidecar to a container that runs, with all that its work needs: `run web netprobe top`. The words are the sidecar's own. With -f, CONTAINER is a service of that file, and what its x-sidekick says is taken over.",
    options: {
      words: option(verbatim, [], 'The container, the sidecar, and its words.'),
      env: option(
        variables,
        [],
        'A variable for the sidecar, as docker run has it: with its value, or its name alone where your shell has the value.',
      ),
    },
    operands: 'words',
    operandsBeforeVerbatim: 2,
    letters: { e: 'env' },
    conflicts: ({ words: [container, sidecar] }) =>
      container === undefined || sidecar === undefined ? ['a CONTAINER and a SIDECAR are needed: run web netprobe top'] : [],
  }),
} as const;

/** attach as a person sees it: its flags, its verbs and their words. */
export const tool = defineTool({
  name: 'attach',
  summary: 'Reads a compose file or a Kubernetes manifest, and attaches the sidecars that it asks for.',
  options,
  letters: { f: 'file', o: 'output' },
  verbs,
  conflicts: ({ output, kubernetes, build, tag: tagGiven, images, remove, check }) => [
    ...(check && (output === undefined || output === '-') ? ['--check compares with a file; name it by -o'] : []),
    ...(kubernetes && build !== undefined ? ['--build is for compose, and Kubernetes builds nothing; leave it out'] : []),
    ...Object.entries({ tag: tagGiven, images, build }).flatMap(([flag, value]) =>
      remove && value !== undefined
        ? [`--${flag} is for what is attached, and --remove takes it out; leave one of them out`]
        : [],
    ),
  ],
  examples: [
    {
      command: 'docker run --rm -i sidekick/attach < compose.yaml > compose.sidekick.yaml',
      meaning: 'Attach what stands under x-sidekick of each service; then: docker compose -f compose.sidekick.yaml up.',
    },
    {
      command: 'docker run --rm -v "$PWD:/work" --user "$(id -u)" sidekick/attach -f compose.yaml -o compose.sidekick.yaml',
      meaning: 'The same with files of this folder.',
    },
    {
      command: 'docker run --rm -i sidekick/attach explain < compose.yaml',
      meaning: 'Tell what would be added, and why.',
    },
    {
      command: 'docker run --rm -i sidekick/attach --kubernetes < app.yaml | kubectl apply -f -',
      meaning: 'Attach native sidecars to what runs in Kubernetes.',
    },
    {
      command: 'docker run --rm sidekick/attach run web netprobe top',
      meaning: 'Print the line by which netprobe shows the network of the container web.',
    },
  ],
});
