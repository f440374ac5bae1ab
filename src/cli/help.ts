import { buildExamples } from './flags/build-examples.ts'
import { type CommandEntry, commands } from './commands.ts'

/** The help of `tsbuild` itself: what it is, its commands by group, where to read on. Ends with a newline. */
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
    'Exit codes: 0 done, 1 the build failed, 2 the call was wrong, 3 this machine cannot isolate RUN, 4 registry or network,',
    '            130 interrupted.',
    '',
    'tsbuild build --help shows every option of a build, tsbuild COMMAND --help those of a command.',
    '',
  ].join('\n')
}

const buildOptions = [
  'Most used options of a build:',
  '  -t, --tag NAME           name of the image',
  '  -f, --file PATH          Dockerfile, when it is not ./Dockerfile in CONTEXT',
  '  --build-arg NAME=VALUE   value of an ARG',
  '  --target STAGE           stage to build',
  '  --platform OS/ARCH       platforms to build for, comma separated',
  '  --secret id=NAME,src=F   secret for RUN --mount=type=secret',
  '  --push                   push the image to its registry',
  '  -o, --output SPEC        write an archive, a layout, a directory … instead',
]

function line([name, { summary }]: readonly [string, CommandEntry]): string {
  return `  ${name.padEnd(10)} ${summary}`
}
