import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { s3TestKeys, startS3 } from '@tsbuild/bucket/testing'
import { checkStore } from './check-store.ts'
import { mergeLayers } from './merge-layers.ts'
import { openImage } from './open-image.ts'
import { randomNumbers } from './random-numbers.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { tsbuildPath } from './tsbuild.ts'
import { writeBaseImage } from './write-base-image.ts'
import { writeTree } from './write-tree.ts'

export interface BuildStormOptions {
  /** Number of builds that begin at the same time. */
  readonly builds: number
  /** Number of different Dockerfiles, which share their first steps. */
  readonly projects: number
  /** Number of builds to kill at random times. */
  readonly kills: number
  readonly seed: number
  /** Run every other build in a PID namespace of its own; needs root. */
  readonly namespaces: boolean
  /** Number of stores, as of machines that share a bucket of S3. Default: 1, without a bucket. */
  readonly stores?: number
  readonly report?: (line: string) => void
}

export interface BuildStormResult {
  /** Builds that were killed before their end. */
  readonly killed: number
  readonly survivors: number
  /** Number of different steps of all projects. */
  readonly steps: number
  /** Times that steps began, those of killed builds included. */
  readonly runs: number
  /** Builds that waited for another one. */
  readonly waited: number
  readonly problems: readonly string[]
}

const shared = ['shared-a', 'shared-b']

function stepsOf(project: number): readonly string[] {
  return [...shared, `own-${project}-a`, `own-${project}-b`]
}

/** A step shows in the directory `/outside` of its build that it ran, which is not in its key. */
function dockerfile(project: number): string {
  const run = (name: string): string =>
    `RUN echo ${name} >> /outside/ran; sleep 0.3; cat /shared-a >> /${name} 2> /dev/null; echo ${name} >> /${name}\n`
  const [own = '', last = ''] = stepsOf(project).slice(shared.length)
  return `FROM base AS first\n${shared.map(run).join('')}FROM first\nCOPY own /\n${run(own)}${run(last)}`
}

/**
 * Starts many builds of few projects at once, on one store or on several with one cache. Kills
 * some, and checks the images of the others, the stores, and how often each step ran.
 */
export async function buildStorm(options: BuildStormOptions): Promise<BuildStormResult> {
  const { builds, projects, kills, seed, stores = 1, report = () => {} } = options
  await using directory = await temporaryDirectory()
  await using bucket = stores > 1 ? await startS3() : undefined
  const cache = bucket && ['--cache-to', cacheSpec(bucket.host)]
  const at = (name: string): string => join(directory.path, name)
  await writeBaseImage(at('base'))
  for (let project = 0; project < projects; project++)
    await writeTree(at(`project-${project}`), { Dockerfile: dockerfile(project), own: `own ${project}` })
  const random = randomNumbers(seed)
  const begun = Date.now()
  // A whole build, which shares no step with the storm, says how long one takes here.
  await writeTree(at('measured'), { Dockerfile: 'FROM base\nRUN echo measured > /measured\n' })
  await outside(at('outside-measured'))
  const measured = await run({ options, at, name: 'measured', context: at('measured'), store: 0 }, undefined)
  if (measured.code !== 0) throw new Error(`The first build ended with ${measured.code}: ${measured.stderr}`)
  const span = (Date.now() - begun) * Math.max(2, builds / 3)
  const ended = await Promise.all(
    Array.from({ length: builds }, async (_, index) => {
      await outside(at(`outside-${index}`))
      const result = await run(
        {
          ...{ options, at, cache, name: String(index), store: index % stores },
          context: at(`project-${index % projects}`),
        },
        index < kills ? random() * span : undefined,
      )
      report(`build ${index}: ${result.code === undefined ? 'killed' : `exit code ${result.code}`}`)
      return { index, project: index % projects, ...result }
    }),
  )
  // Removes what the killed ones left, and needs every step once more.
  for (let project = 0; project < projects; project++) {
    await outside(at(`outside-last-${project}`))
    const last = await run(
      { options, at, cache, name: `last-${project}`, store: project % stores, context: at(`project-${project}`) },
      undefined,
    )
    ended.push({ index: builds + project, project, ...last })
  }
  const survivors = ended.filter(({ code }) => code !== undefined)
  const runs = ended.flatMap(({ ran, code }) => ran.map((step) => ({ step, killed: code === undefined })))
  const steps = [...new Set(Array.from({ length: projects }, (_, project) => stepsOf(project)).flat())]
  return {
    killed: ended.length - survivors.length,
    survivors: survivors.length,
    steps: steps.length,
    runs: runs.length,
    waited: ended.filter(({ stderr }) => stderr.includes('waits for another build')).length,
    problems: [
      ...survivors.flatMap(({ index, code, stderr }) =>
        code === 0 ? [] : [`build ${index} ended with ${code}: ${stderr}`],
      ),
      ...steps.flatMap((step) => countRuns(step, runs)),
      ...(await differentImages(survivors)),
      ...(await Promise.all(Array.from({ length: stores }, (_, store) => checkStore(at(`store-${store}`)))))
        .flat()
        .filter((problem) => !isLifeLine(problem) && !(options.namespaces && isOfNamespace(problem)))
        .filter((problem) => stores === 1 || !isClaim(problem)),
    ],
  }
}

/** The end of a process in another PID namespace is known a minute later. */
function isOfNamespace(problem: string): boolean {
  return /^left behind: (work|tmp)\//.test(problem)
}

/** The claim of a killed build stays in a store whose later builds find every step cached. */
function isClaim(problem: string): boolean {
  return problem.startsWith('left behind: claims/')
}

/** The sign of life of a killed build stays until another build claims a step. */
function isLifeLine(problem: string): boolean {
  return problem.startsWith('left behind: claims/life-')
}

interface Ended {
  /** Undefined for a build that was killed. */
  readonly code: number | undefined
  readonly stderr: string
  readonly layout: string
  readonly ran: readonly string[]
}

interface Storm {
  readonly options: BuildStormOptions
  at(name: string): string
  readonly name: string
  readonly context: string
  readonly store: number
  /** Arguments with the cache of all stores. */
  readonly cache?: readonly string[] | undefined
}

function cacheSpec(host: string): string {
  const { accessKeyId, secretAccessKey } = s3TestKeys
  const keys = `access_key_id=${accessKeyId},secret_access_key=${secretAccessKey}`
  return `type=s3,bucket=cache,endpoint_url=http://${host},${keys},mode=max,single-flight=true`
}

async function run(
  { options, at, name, context, store, cache = [] }: Storm,
  delay: number | undefined,
): Promise<Ended> {
  const layout = at(`layout-${name}`)
  const args = [
    ...['build', '--progress=plain', '--build-context', `base=oci-layout://${at('base')}:latest`],
    ...['--volume', `${at(`outside-${name}`)}:/outside`, '-o', `type=oci,tar=false,dest=${layout}`, ...cache, context],
  ]
  const isolated = options.namespaces && Number(name) % 2 === 1
  const wrap = isolated ? ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'] : []
  const [program = '', ...rest] = [...wrap, tsbuildPath, ...args]
  const child = spawn(program, rest, {
    env: { ...process.env, TSBUILD_ROOT: at(`store-${store}`), NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exited = once(child, 'exit')
  if (delay !== undefined && (await Promise.race([exited, sleep(delay)])) === undefined) child.kill('SIGKILL')
  const [code]: (number | null)[] = await exited
  child.stderr.destroy()
  const ran = (await readFile(join(at(`outside-${name}`), 'ran'), 'utf8')).split('\n').filter((line) => line !== '')
  return { code: code ?? undefined, stderr, layout, ran }
}

/** Directory in which the steps of one build leave their names. */
async function outside(path: string): Promise<string> {
  await mkdir(path)
  // Every rung can write there.
  await writeFile(join(path, 'ran'), '', { mode: 0o666 })
  return path
}

/** A step that a survivor ran was done; only killed builds may have begun it as well. */
function countRuns(
  step: string,
  runs: readonly { readonly step: string; readonly killed: boolean }[],
): readonly string[] {
  const mine = runs.filter((run) => run.step === step)
  const done = mine.filter(({ killed }) => !killed).length
  if (done > 1) return [`step ${step} was done ${done} times`]
  return mine.length === 0 ? [`step ${step} was never done`] : []
}

/** Survivors of one project have the very same layers, and the files of its steps. */
async function differentImages(
  survivors: readonly (Ended & { readonly project: number })[],
): Promise<readonly string[]> {
  const problems: string[] = []
  const known = new Map<number, string>()
  for (const { project, code, layout } of survivors) {
    if (code !== 0) continue
    const { layers, manifest } = await openImage(layout)
    const digests = JSON.stringify(manifest.layers)
    if ((known.get(project) ?? digests) !== digests) problems.push(`two builds of project ${project} differ`)
    known.set(project, digests)
    const files = mergeLayers(layers)
    for (const step of stepsOf(project))
      if (files.get(step)?.content.toString('utf8').endsWith(`${step}\n`) !== true)
        problems.push(`an image of project ${project} lacks ${step}`)
  }
  return problems
}
