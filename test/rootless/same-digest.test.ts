import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { withoutDebian } from '../support/debian-archive.ts'
import { debianImage, installPackages } from '../support/debian-image.ts'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { type OpenImage, openImage } from '../support/open-image.ts'
import { makeOrdinaryUser, type OrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runOrThrow, runProgram } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'
import { writeTree } from '../support/write-tree.ts'

/** Everything whose traces differ between kinds of isolation unless something is done about it. */
const dockerfile = `FROM base
COPY --chown=app a /a
RUN mkdir -p /d/e && echo x > /d/e/f && ln /d/e/f /d/g && ln -s e /d/l && mkfifo /d/p && chown -R 33:44 /d && chmod 2755 /d/e/f
RUN chown 5:6 /d/e && chmod 2750 /d/e && chown -h 7:8 /d/l
RUN stat -c 'home is %a %u:%g' /home/app && touch /home/app/implied/more
RUN rm /etc/group && rm -r /home/app && mkdir /home/app && chown app /home/app
USER app
WORKDIR /home/app/w
RUN id -u > id && umask 077 && mkdir mine
`

const runObstacle = withoutRoot() ?? withoutPrograms('umoci', 'tar') ?? (await withoutRun())
const userObstacle = runObstacle ?? (await withoutOrdinaryUser())

const namespaceObstacle = userObstacle ?? (await withoutUserNamespaces())

interface Row {
  readonly rung: string
  /** Chosen only when `--isolation` names it. */
  readonly onRequest?: boolean
  /** Tells rows with the same rung apart. */
  readonly where?: string
  /** An ordinary user, with subordinate ids or without; else root. */
  readonly user?: { readonly subordinateIds: boolean }
  readonly wrap?: readonly string[]
  readonly obstacle: Obstacle
  /** Without the long build of packages, which another row with the same rights does. */
  readonly short?: boolean
}

const rungs: readonly Row[] = [
  { rung: 'userns', user: { subordinateIds: true }, obstacle: namespaceObstacle ?? withoutPrograms('newuidmap') },
  { rung: 'userns-single', user: { subordinateIds: false }, obstacle: namespaceObstacle },
  {
    rung: 'userns-single',
    where: 'as root of one id',
    user: { subordinateIds: false },
    wrap: ['unshare', '-Ur'],
    obstacle: namespaceObstacle,
    short: true,
  },
  {
    rung: 'confined',
    user: { subordinateIds: false },
    wrap: ['setpriv', '--no-new-privs', '--inh-caps=-all'],
    obstacle: userObstacle ?? withoutPrograms('setpriv'),
  },
  ...(['confined', 'chroot'] as const).map((rung) => ({
    rung,
    where: 'as root who may not mount',
    // Here root has user namespaces.
    onRequest: true,
    short: rung === 'confined',
    wrap: ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'],
    obstacle: runObstacle ?? withoutPrograms('setpriv'),
  })),
  ...(['crun', 'runc'] as const).flatMap((runtime) => [
    {
      rung: `oci:${runtime}`,
      onRequest: true,
      obstacle: runObstacle ?? withoutPrograms(runtime),
      short: runtime === 'runc',
    },
    {
      rung: `oci:${runtime}`,
      where: 'as an ordinary user',
      onRequest: true,
      user: { subordinateIds: true },
      obstacle: namespaceObstacle ?? withoutPrograms(runtime, 'newuidmap'),
      short: true,
    },
  ]),
]

/** Packages, users and owners as in an everyday image. */
const debianDockerfile = `FROM base
${installPackages}RUN chown -R app:app /srv /usr/bin /usr/share/perl /etc/cron.daily
COPY --chown=app:app a /srv/app/
RUN jq --version > /srv/app/version && mv /opt/packages /opt/installed
`

const debianObstacle = runObstacle ?? (await withoutDebian())

/** Holds what root made; every rung is compared with it. */
let shared: Awaited<ReturnType<typeof temporaryDirectory>>

beforeAll(async () => {
  shared = await temporaryDirectory()
})

afterAll(() => shared[Symbol.asyncDispose]())

for (const row of rungs) {
  const { rung, where = '', obstacle } = row
  const title = `${[rung, where].join(' ').trim()} makes the image that root makes`
  test.skipIf(obstacle !== undefined)(titled(title, obstacle), async ({ base, directory }) => {
    const reference = await ofRoot('short', dockerfile, (at) => addImplyingLayer(base, at))
    const log = await expectSameImage(row, { reference, directory })
    for (const text of [reference.log, log]) expect(text).toContain('home is 700 1000:1001')
  })

  if (row.short) continue
  test.skipIf((obstacle ?? debianObstacle) !== undefined)(
    titled(`${title}: Debian with packages, users and changed owners`, obstacle ?? debianObstacle),
    async ({ directory }) => {
      const reference = await ofRoot('debian', debianDockerfile, debianImage)
      await expectSameImage(row, { reference, directory })
    },
  )
}

/** An image made by root, and all that another build of it needs. */
interface Reference extends Pick<OpenImage, 'layers' | 'digest'> {
  readonly base: string
  readonly context: string
  readonly log: string
}

const references = new Map<string, Promise<Reference>>()

function ofRoot(name: string, text: string, makeBase: (directory: string) => Promise<string>): Promise<Reference> {
  const known = references.get(name) ?? buildAsRoot(join(shared.path, name), text, makeBase)
  references.set(name, known)
  return known
}

async function buildAsRoot(
  directory: string,
  text: string,
  makeBase: (directory: string) => Promise<string>,
): Promise<Reference> {
  const context = join(directory, 'context')
  await writeTree(context, { Dockerfile: text, a: 'hello' })
  const base = await makeBase(directory)
  const { result, layout } = await buildAs({ base, context, directory, name: 'root', args: ['--isolation', 'root'] })
  expect(result.code, result.stderr).toBe(0)
  return { ...(await openImage(layout)), base, context, log: result.stderr }
}

/** Builds on another rung, expects the image of root, and returns the log. */
async function expectSameImage(
  { rung, onRequest = false, user: wanted, wrap = [] }: Row,
  { reference, directory }: { readonly reference: Reference; readonly directory: string },
): Promise<string> {
  await using user = wanted && (await makeOrdinaryUser(wanted))
  const { base, context } = reference
  const args = onRequest ? ['--isolation', rung] : []
  const name = rung.replace(':', '-')
  const { result, layout } = await buildAs({ base, context, directory, name, args, wrap, ...(user && { user }) })
  expect(result.code, result.stderr).toBe(0)
  const got = await openImage(layout)
  // The lines say what is wrong, the digest that nothing else is.
  expect(got.layers.map((layer) => layer.map(({ line }) => line))).toEqual(
    reference.layers.map((layer) => layer.map(({ line }) => line)),
  )
  expect(got.digest).toBe(reference.digest)
  return result.stderr
}

/** The base with a layer on it that has something in the home of `app` without having the home. */
async function addImplyingLayer(base: string, directory: string): Promise<string> {
  const image = join(directory, 'image')
  await cp(base, image, { recursive: true })
  await writeTree(join(directory, 'layer'), { 'home/app/implied/file': 'x' })
  const tar = join(directory, 'layer.tar')
  await runOrThrow('tar', ['-C', join(directory, 'layer'), '-cf', tar, 'home/app/implied/file'])
  await runOrThrow('umoci', ['raw', 'add-layer', '--image', `${image}:latest`, tar])
  // umoci makes files that only their owner reads.
  await runOrThrow('chmod', ['-R', 'a+rX', image])
  return image
}

interface Build {
  readonly base: string
  readonly context: string
  readonly directory: string
  readonly name: string
  readonly args?: readonly string[]
  /** A program and its arguments that start the build with fewer rights. */
  readonly wrap?: readonly string[]
  readonly user?: OrdinaryUser
}

async function buildAs({
  base,
  context,
  directory,
  name,
  args = [],
  wrap = [],
  user,
}: Build): Promise<{ readonly result: ProgramResult; readonly layout: string }> {
  const home = user?.home ?? join(directory, name)
  const layout = join(home, 'layout')
  const layoutOfBase = join(directory, `base-${name}`)
  await mkdir(home, { recursive: true })
  await cp(base, layoutOfBase, { recursive: true })
  const output = [
    '--build-context',
    `base=oci-layout://${layoutOfBase}:latest`,
    '-o',
    `type=oci,tar=false,dest=${layout},rewrite-timestamp=true`,
  ]
  const [program, ...rest] = [...wrap, tsbuildPath, 'build', '--progress=plain', ...args, ...output, context]
  const env = { ...user?.env, TSBUILD_ROOT: join(home, 'store'), SOURCE_DATE_EPOCH: '1500000000' }
  return {
    result: await runProgram(program, rest, {
      env,
      cwd: home,
      ...(user !== undefined && { user: { uid: user.uid, gid: user.gid } }),
    }),
    layout,
  }
}
