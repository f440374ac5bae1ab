import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkStore } from './check-store.ts'
import { makeOrdinaryUser, type OrdinaryUser } from './ordinary-user.ts'
import { randomNumbers } from './random-numbers.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { findTraces } from './traces.ts'
import { tsbuildPath } from './tsbuild.ts'
import { writeBaseImage } from './write-base-image.ts'
import { writeTree } from './write-tree.ts'

/** The kinds of isolation that a storm can be run on. */
export const stormRungs = ['root', 'userns', 'chroot'] as const

export interface StormOptions {
  readonly rung: (typeof stormRungs)[number]
  /** Number of builds to kill. */
  readonly builds: number
  /** Killed builds between two whole ones, after which everything is checked; default 1. */
  readonly every?: number
  /** Decides when each build is killed: one seed, the same times. */
  readonly seed: number
  readonly report?: (line: string) => void
}

export interface StormResult {
  readonly killed: number
  /** Builds that ended before their time was up. */
  readonly finished: number
  /** Whole builds, each followed by a check. */
  readonly checks: number
  /** Everything that was wrong, with the number of the build before it. */
  readonly problems: readonly string[]
}

/**
 * Has one layer of many files, one of large files, RUN with and without a cache mount, a second
 * stage, and two outputs.
 */
const dockerfile = `FROM base AS made
COPY many /many
ARG ROUND
RUN --mount=type=cache,target=/cache,sharing=locked date >> /cache/log && mkdir -p /out/d && echo "$ROUND" > /out/d/round
RUN for i in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/out/file$i bs=64k count=16 2>/dev/null; done; rm /many/1; sleep 0.2
FROM base
COPY large /large
COPY --from=made /out /out
RUN cp -r /out/d /out/e && rm -r /out/d && (sleep 60 &) && echo done > /end
`

/**
 * Kills builds at random times, all on one store, and checks after every few of them that the next
 * whole build leaves nothing behind.
 */
export async function killStorm({
  rung,
  builds,
  every = 1,
  seed,
  report = () => {},
}: StormOptions): Promise<StormResult> {
  await using directory = await temporaryDirectory()
  await using user = rung === 'userns' ? await makeOrdinaryUser({ subordinateIds: true }) : undefined
  const storm = await prepare(rung, user?.home ?? directory.path, user)
  const random = randomNumbers(seed)
  const problems: string[] = []
  const counts = { killed: 0, finished: 0, checks: 0 }
  const first = await storm.build('first', undefined)
  // Later builds find the base unpacked.
  const second = await storm.build('second', undefined)
  for (const { code, stderr } of [first, second])
    if (code !== 0) throw new Error(`The build ended with ${code}: ${stderr}`)
  let { time } = second
  report(`${rung}: the first build takes ${first.time} ms, the second ${time} ms`)
  for (let number = 1; number <= builds; number += 1) {
    const { code } = await storm.build(`round ${number}`, random() * time)
    if (code === undefined) counts.killed += 1
    else counts.finished += 1
    if (number % every !== 0 && number !== builds) continue
    const whole = await storm.build(`whole ${number}`, undefined)
    const found = whole.code === 0 ? await storm.check() : [`the build ended with ${whole.code}: ${whole.stderr}`]
    for (const problem of found.map((text) => `after build ${number}: ${text}`)) {
      problems.push(problem)
      report(problem)
    }
    counts.checks += 1
    time = whole.time
    report(`${rung}: ${number} builds, ${counts.killed} killed, ${problems.length} problems`)
  }
  return { ...counts, problems }
}

interface Ended {
  /** Undefined for a build that was killed. */
  readonly code: number | undefined
  readonly stderr: string
  /** Milliseconds. */
  readonly time: number
}

interface Storm {
  /** Runs a build of its own content, killed after `delay` milliseconds where one is given. */
  build(round: string, delay: number | undefined): Promise<Ended>
  check(): Promise<readonly string[]>
}

async function prepare(rung: StormOptions['rung'], home: string, user: OrdinaryUser | undefined): Promise<Storm> {
  const at = (name: string): string => join(home, name)
  const [root, base, context, outputs] = [at('store'), at('base'), at('context'), at('outputs')]
  await writeBaseImage(base)
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`many/${index}`, `${index}`]))
  await writeTree(context, { Dockerfile: dockerfile, 'large/a': Buffer.alloc(4 << 20, 'ab'), ...many })
  await mkdir(outputs)
  if (user) for (const path of [base, outputs]) await chown(path, user.uid, user.gid)
  const args = [
    ...[
      'build',
      '--progress=plain',
      '--isolation',
      rung,
      '--build-context',
      `base=oci-layout://${base}:latest`,
      '-t',
      'storm:latest',
    ],
    ...[
      '-o',
      'type=image',
      '-o',
      `type=oci,dest=${join(outputs, 'image.tar')}`,
      '-o',
      `type=oci,tar=false,dest=${join(outputs, 'layout')}`,
    ],
  ]
  // Without CAP_SYS_ADMIN nothing can be mounted.
  const wrap = rung === 'chroot' ? ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'] : []
  const env = { ...process.env, ...user?.env, TSBUILD_ROOT: root, NO_COLOR: '1' }
  const ids = user ? { uid: user.uid, gid: user.gid } : {}
  return {
    build: async (round, delay) => {
      const [program, ...rest] = [...wrap, tsbuildPath, ...args, '--build-arg', `ROUND=${round}`, context]
      const begun = Date.now()
      const child = spawn(program, rest, { cwd: home, env, stdio: ['ignore', 'ignore', 'pipe'], ...ids })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      const exited = once(child, 'exit')
      if (delay !== undefined && (await Promise.race([exited, sleep(delay)])) === undefined) child.kill('SIGKILL')
      const [code]: (number | null)[] = await exited
      child.stderr.destroy()
      return { code: code ?? undefined, stderr, time: Date.now() - begun }
    },
    check: async () => {
      const { processes, mounts } = await findTraces(root)
      const written = await readdir(outputs)
      return [
        ...processes.map((process) => `process left: ${process}`),
        ...mounts.map((mount) => `mount left: ${mount}`),
        ...written.filter((name) => !['image.tar', 'layout'].includes(name)).map((name) => `output left: ${name}`),
        ...(await checkStore(root)),
      ]
    },
  }
}
