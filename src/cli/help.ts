import { buildExamples } from './flags/build-examples.ts'
import type { CommandEntry } from './command-entry.ts'
import { commands } from './commands.ts'

/**
 * The help of `tsbuild` itself: what it is, its commands by group, where to read on. Ends with a
 * newline.
 */
export function overview(): string {
  const entries = [...commands]
  const groups = [...new Set(entries.map(([, { group }]) => group))]
  return [
    'tsbuild builds container images from Dockerfiles, without a daemon and without root.',
    '',
    'Usage: tsbuild [build] [options] CONTEXT',
    '       tsbuild COMMAND [options]',
    '',
    ...groups.flatMap((group) => [`${group}:`, ...entries.filter(([, entry]) => entry.group === group).map(line), '']),
    ...buildOptions,
    '',
    buildExamples,
    'Exit codes: 0 success, 1 build failed, 2 invalid usage, 3 RUN cannot be isolated on this machine,',
    '            4 registry or network error, 130 interrupted.',
    '',
    'Run tsbuild build --help for all build options, tsbuild COMMAND --help for those of a command.',
    '',
  ].join('\n')
}

const buildOptions = [
  'Common build options:',
  '  -t, --tag NAME           name and tag of the image',
  '  -f, --file PATH          path of the Dockerfile (default: CONTEXT/Dockerfile)',
  '  --build-arg NAME=VALUE   set the value of an ARG',
  '  --target STAGE           stage to build',
  '  --platform OS/ARCH       platforms to build for, comma-separated',
  '  --secret id=NAME,src=F   secret for RUN --mount=type=secret',
  '  --push                   push the image to its registry',
  '  -o, --output SPEC        write an archive, a layout, a directory, …',
]

function line([name, { summary }]: readonly [string, CommandEntry]): string {
  return `  ${name.padEnd(10)} ${summary}`
}
