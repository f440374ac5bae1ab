import type { Inputs } from './inputs.ts'

/** One thing to build, the same for every builder. */
export interface Work {
  readonly name: string
  readonly title: string
  /** Preparation before the clock starts. */
  readonly state: 'cold' | 'base-known' | 'cached'
  /** The result leaves the builder's own store as an OCI archive, where the builder can do that. */
  readonly archive: boolean
  dockerfile(inputs: Inputs): string
  context(inputs: Inputs): string
}

const manySteps = (count: number, command: string): string =>
  Array.from({ length: count }, (_, index) => `RUN ${command} ${index}\n`).join('')

/** The works, in the order in which they are measured. */
export const works: readonly Work[] = [
  {
    name: 'copy-cold',
    title: 'COPY of 20,000 files on a base, nothing known yet',
    state: 'cold',
    archive: true,
    dockerfile: ({ base }) => `FROM ${base}\nCOPY . /app\n`,
    context: ({ manyFiles }) => manyFiles,
  },
  {
    name: 'copy-again',
    title: 'the same, nothing changed',
    state: 'cached',
    archive: true,
    dockerfile: ({ base }) => `FROM ${base}\nCOPY . /app\n`,
    context: ({ manyFiles }) => manyFiles,
  },
  {
    name: 'no-op',
    title: 'the same, nothing changed, the image stays with the builder',
    state: 'cached',
    archive: false,
    dockerfile: ({ base }) => `FROM ${base}\nCOPY . /app\n`,
    context: ({ manyFiles }) => manyFiles,
  },
  {
    name: 'run-steps',
    title: '20 trivial RUN steps',
    state: 'base-known',
    archive: false,
    dockerfile: ({ base }) => `FROM ${base}\n${manySteps(20, 'true')}`,
    context: ({ smallContext }) => smallContext,
  },
  {
    name: 'parallel',
    title: 'two stages of sleep 2, and one nobody needs',
    state: 'base-known',
    archive: false,
    dockerfile: ({ base }) =>
      ['one', 'two', 'unused']
        .map((stage) => `FROM ${base} AS ${stage}\nRUN sleep 2 && echo ${stage} > /${stage}\n`)
        .join('') + `FROM ${base}\nCOPY --from=one /one /\nCOPY --from=two /two /\n`,
    context: ({ smallContext }) => smallContext,
  },
  {
    name: 'all-cached',
    title: '11 cached steps, small context, whole process',
    state: 'cached',
    archive: false,
    dockerfile: ({ base }) => `FROM ${base}\nCOPY . /app\n${manySteps(10, 'true')}`,
    context: ({ smallContext }) => smallContext,
  },
]
