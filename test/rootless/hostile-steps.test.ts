import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { findProgram, type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { makeOrdinaryUser, type OrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramOptions, type ProgramResult, runOrThrow, runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'

// Steps that do their worst, on every rung: nothing outlives the build, no canary outside changes.

const obstacle =
  withoutRoot() ??
  withoutPrograms('perl', 'setpriv', 'unshare', 'ldd') ??
  (process.arch === 'x64' ? undefined : 'the attacks are calls of x86-64') ??
  (await withoutOrdinaryUser()) ??
  (await withoutRun())
const namespaceObstacle = obstacle ?? (await withoutUserNamespaces())

const attacks = join(import.meta.dirname, 'hostile/attack.pl')

interface Row {
  readonly rung: string
  /** An ordinary user, with subordinate ids or without; else root. */
  readonly user?: { readonly subordinateIds: boolean }
  readonly obstacle: Obstacle
}

const rows: readonly Row[] = [
  { rung: 'root', obstacle },
  { rung: 'userns', user: { subordinateIds: true }, obstacle: namespaceObstacle ?? withoutPrograms('newuidmap') },
  { rung: 'userns-single', user: { subordinateIds: false }, obstacle: namespaceObstacle },
  { rung: 'confined', user: { subordinateIds: false }, obstacle },
  { rung: 'confined', obstacle },
  { rung: 'chroot', obstacle },
  { rung: 'oci:crun', obstacle: obstacle ?? withoutPrograms('crun') },
  {
    rung: 'oci:runc',
    user: { subordinateIds: true },
    obstacle: namespaceObstacle ?? withoutPrograms('runc', 'newuidmap'),
  },
]

/** A store that a step can fill. */
const onSmallDisk = 'mount -t tmpfs -o size=128m,mode=777 tmpfs "$TSBUILD_ROOT" && exec "$@"'

/**
 * Runs a build beside another process of the same user, then prints the processes that
 * remain.
 */
const beside = `sleep 1000 & canary=$!
perl "$CONTEXT/server.pl" "$OUTSIDE" & server=$!
until [ -S "$OUTSIDE/../socket" ]; do sleep 0.01; done
"$@"; code=$?
kill -0 $canary $server && echo 'the canary lives'
kill $server; wait $server; rm "$OUTSIDE/../socket"
sleep 0.1
for process in /proc/[0-9]*; do
  words=$(tr '\\0' ' ' < $process/cmdline) 2> /dev/null
  case "$words" in ''|'sleep 1000 '|'tr '*|sh\\ -c\\ *canary*) ;; *) echo "remains: $words" ;; esac
done
exit $code`

test.skipIf(obstacle !== undefined)(titled('without isolation the attacks work', obstacle), async ({ directory }) => {
  const outside = join(directory, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'canary'), 'precious')
  const attack = async (name: string, beside = 'sleep 1000 &'): Promise<string> => {
    const command = ['unshare', '--uts', 'sh', '-c', `${beside} exec "$@"`, 'sh', 'perl', attacks, name, outside]
    return (await runInside(command, {})).stdout
  }
  expect(await attack('processes')).toMatch(/reached attach \d+[^]*reached environ of [^]*reached root of /)
  expect(await attack('kernel')).toMatch(
    /reached fd \d+ of [^]*reached the namespace net[^]*reached kernel by add_key[^]*reached kernel by mount\n/,
  )
  const server = `perl ${join(import.meta.dirname, 'hostile/server.pl')} "$4" > "$4/../log" &
until [ -S "$4/../socket" ]; do :; done
"$@"
# The server may print later.
for text in server datagram message; do
  for try in $(seq 100); do grep -q "$text" "$4/../log" && break; sleep 0.1; done
done
cat "$4/../log"; exit;`
  const sockets = await attack('sockets', server)
  for (const line of [/reached the server/, /reached by a datagram/, /reached by a message/, /reached a socket/])
    expect(sockets).toMatch(line)
  expect(await attack('proc')).toMatch(/reached by \/proc\/self\/root[^]*reached \/proc\/sys\/kernel\/core_pattern/)
})

for (const { rung, user: wanted, obstacle } of rows) {
  const title = `on the rung ${rung}${wanted ? ' of an ordinary user' : ''}`
  describe.skipIf(obstacle !== undefined)(titled(title, obstacle), () => {
    test('hostile steps reach nothing outside and leave nothing behind', async ({ base, directory }) => {
      await using user = wanted && (await makeOrdinaryUser(wanted))
      const place = await preparePlace(user?.home ?? join(directory, 'home'), { base, user })
      const { code, stdout, stderr } = await buildBeside(place, { rung, user, target: 'attacks' })
      const reached = `${stderr}${stdout}`.match(/^.*(reached|remains|precious).*$/gm) ?? []
      // Device files are left to the control group of the container.
      expect(reached.filter((line) => rung !== 'chroot' || !/reached device \/made-/.test(line))).toEqual([])
      expect(stdout).toBe('the canary lives\n')
      expect(code, stderr).toBe(0)
      expect(stderr.match(/ end$/gm), stderr).toHaveLength(13)
      expect(stderr.match(/ inside$/gm), stderr).toHaveLength(3)
      await expectUnchanged(place)
      // These builds may fail.
      for (const target of ['directory', 'names', 'races']) {
        const other = await buildBeside(place, { rung, user, target })
        expect(`${other.stderr}${other.stdout}`).not.toMatch(/precious|remains|reached/)
        await expectUnchanged(place)
      }
    })
  })
}

/** A directory with what a build reads, and canaries that it must not. */
interface Place {
  readonly home: string
  readonly context: string
  readonly outside: string
  readonly base: string
}

async function preparePlace(
  home: string,
  { base, user }: { readonly base: string; readonly user: OrdinaryUser | undefined },
): Promise<Place> {
  const place = { home, context: join(home, 'context'), outside: join(home, 'outside'), base: join(home, 'base') }
  await mkdir(join(home, 'store'), { recursive: true })
  await cp(base, place.base, { recursive: true })
  await cp(join(import.meta.dirname, 'hostile'), place.context, { recursive: true })
  await copyPerl(join(place.context, 'files'))
  await mkdir(place.outside)
  await writeFile(join(place.outside, 'canary'), 'precious', { mode: 0o640 })
  if (user !== undefined) await runOrThrow('chown', ['-R', `${user.uid}:${user.gid}`, home])
  return place
}

/** Copies the machine's perl and the libraries that it needs. */
async function copyPerl(root: string): Promise<void> {
  const perl = findProgram('perl') ?? ''
  const libraries = (await runOrThrow('ldd', [perl])).match(/\/\S+/g) ?? []
  for (const path of [perl, ...libraries]) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await cp(path, join(root, path), { dereference: true })
  }
}

interface Build {
  readonly rung: string
  readonly user: OrdinaryUser | undefined
  readonly target: string
}

function buildBeside(place: Place, { rung, user, target }: Build): Promise<ProgramResult> {
  const { home, context, outside, base } = place
  const build = [
    ...[tsbuildPath, 'build', '--progress=plain', '--isolation', rung, '--build-arg', `OUTSIDE=${outside}`],
    ...['--build-context', `base=oci-layout://${base}:latest`, '-o', 'type=cacheonly', '--target', target],
    ...['--secret', 'id=token,env=HUSH', context],
  ]
  return runInside(['sh', '-c', onSmallDisk, 'sh', ...becoming(user), 'sh', '-c', beside, 'sh', ...build], {
    env: {
      ...user?.env,
      TSBUILD_ROOT: join(home, 'store'),
      HUSH: 'hush-hush-value',
      CONTEXT: context,
      OUTSIDE: outside,
    },
    cwd: home,
  })
}

function becoming(user: OrdinaryUser | undefined): readonly string[] {
  if (user === undefined) return []
  return ['setpriv', '--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups', '--inh-caps=-all']
}

/** Attacks that succeed stay in a PID namespace. */
function runInside(command: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return runProgram('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', '--', ...command], options)
}

async function expectUnchanged({ outside }: Place): Promise<void> {
  expect(await readdir(outside)).toEqual(['canary'])
  expect(await readFile(join(outside, 'canary'), 'utf8')).toBe('precious')
  expect((await stat(join(outside, 'canary'))).mode & 0o777).toBe(0o640)
}
