import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { startTsbuild } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { findTraces } from '../support/traces.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

/**
 * A machine in a network namespace of its own: a server and a resolver on its loopback interface,
 * another server one hop away.
 */
const machine = `
ip link set lo up
unshare --net sleep 1000 & outside=$!
until [ "$(readlink /proc/$outside/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add here type veth peer name there netns $outside
ip addr add 10.77.0.1/24 dev here; ip link set here up; ip route add default via 10.77.0.2
nsenter -t $outside -n sh -ec 'ip addr add 10.77.0.2/24 dev there; ip link set there up; exec busybox httpd -f -p 10.77.0.2:8080 -h www' &
busybox httpd -p 127.0.0.1:8081 -h www
mount --bind resolv.conf /etc/resolv.conf
node resolver.cjs &
until [ -e resolving ] && busybox wget -q -O /dev/null http://10.77.0.2:8080/word; do sleep 0.05; done
"$@"
`

/** Answers every question with 10.77.0.2. */
const resolver = `
const server = require('node:dgram').createSocket('udp4')
server.on('message', (query, { port, address }) => {
  const end = query.indexOf(0, 12) + 5
  const answer = [192, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 77, 0, 2]
  const isV4 = query[end - 3] === 1
  const header = [query[0], query[1], 0x81, 0x80, 0, 1, 0, isV4 ? 1 : 0, 0, 0, 0, 0]
  server.send(Buffer.from([...header, ...query.subarray(12, end), ...(isV4 ? answer : [])]), port, address)
})
server.bind(53, '127.0.0.1', () => require('node:fs').writeFileSync('resolving', ''))
`

const dockerfile = `FROM base
RUN wget -q -O /near http://127.0.0.1:8081/word && echo near is reached || echo near is not reached
RUN arping -c 1 -w 1 -I lo 127.0.0.1 2>&1 | grep "not permitted" || echo packets are allowed
RUN wget -q -O /far http://somewhere.example:8080/word && echo "far is $(cat /far)"
`

const obstacle =
  withoutRoot() ?? withoutPrograms('pasta', 'ip', 'busybox', 'unshare', 'nsenter') ?? (await withoutRun())

for (const { network, isolation, near } of [
  { network: 'private', isolation: 'root', near: 'not reached' },
  { network: 'private', isolation: 'userns', near: 'not reached' },
  { network: 'default', isolation: 'root', near: 'reached' },
  { network: 'default', isolation: 'userns', near: 'reached' },
  { network: 'default', isolation: 'chroot', near: 'reached' },
]) {
  test.skipIf(obstacle !== undefined)(
    titled(
      `${isolation}, --network=${network}: loopback of the machine is ${near}, the outside and its resolver are`,
      obstacle,
    ),
    async ({ base, directory }) => {
      await writeTree(directory, {
        'context/Dockerfile': dockerfile,
        'resolver.cjs': resolver,
        'resolv.conf': 'nameserver 127.0.0.1\n',
      })
      await mkdir(join(directory, 'www'))
      await writeFile(join(directory, 'www/word'), 'away\n')
      const args = ['build', '--progress=plain', '--isolation', isolation, '--network', network, '-o', 'type=cacheonly']
      const rest = [
        '--root',
        join(directory, 'store'),
        '--build-context',
        `base=oci-layout://${base}:latest`,
        join(directory, 'context'),
      ]
      const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
      const { code, stderr } = await runProgram(
        'unshare',
        [...namespaces, 'sh', '-ec', machine, 'sh', tsbuildPath, ...args, ...rest],
        {
          cwd: directory,
        },
      )
      expect(code, stderr).toBe(0)
      expect(stderr).toMatch(new RegExp(`^#\\d+ [\\d.]+ near is ${near}$`, 'm'))
      expect(stderr).toMatch(/^#\d+ [\d.]+ far is away$/m)
      expect(stderr).toMatch(
        network === 'private'
          ? /^#\d+ [\d.]+ packets are allowed$/m
          : /^#\d+ [\d.]+ arping: .*Operation not permitted$/m,
      )
    },
  )
}

const killObstacle = obstacle ?? (await withoutRoute())

test.skipIf(killObstacle !== undefined)(
  titled('a killed build leaves no pasta', killObstacle),
  async ({ base, directory }) => {
    const root = join(directory, 'store')
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM base\nRUN echo be""gun && sleep 1000\n' })
    const args = [
      '--network=private',
      '-o',
      'type=cacheonly',
      '--build-context',
      `base=oci-layout://${base}:latest`,
      join(directory, 'context'),
    ]
    const build = startTsbuild(args, { root })
    await build.says('begun')
    expect((await findTraces(root)).processes).not.toEqual([])
    build.kill('SIGKILL')
    await build.ended
    expect(await findTraces(root)).toEqual({ processes: [], mounts: [] })
  },
)

test.skipIf(killObstacle !== undefined)(
  titled('the image is the same in every network', killObstacle),
  async ({ base, directory }) => {
    await writeTree(join(directory, 'context'), {
      Dockerfile: 'FROM base\nRUN cat /etc/resolv.conf /etc/hosts > /dev/null && echo made > /made\n',
    })
    const digests = []
    for (const network of ['default', 'private', 'none', 'host']) {
      const args = [
        'build',
        '--quiet',
        '--network',
        network,
        '--build-context',
        `base=oci-layout://${base}:latest`,
        join(directory, 'context'),
      ]
      const { code, stdout, stderr } = await tsbuild(args, {
        root: join(directory, 'store'),
        env: { SOURCE_DATE_EPOCH: '1500000000' },
      })
      expect(code, stderr).toBe(0)
      digests.push(stdout)
    }
    expect(new Set(digests)).toHaveLength(1)
  },
)

/** pasta copies addresses and routes of the machine. */
async function withoutRoute(): Promise<Obstacle> {
  const { stdout } = await runProgram('ip', ['route', 'show', 'default'])
  return stdout === '' ? 'no default route' : undefined
}
