import type { HostReport } from '@tsbuild/registry'
import { expect, test } from 'vitest'
import type { ExplainReferenceOptions, ReferenceReport } from '../../diagnosis/explain-reference.ts'
import { explainReference } from '../../diagnosis/explain-reference.ts'
import { startChaos } from '../../../packages/registry/src/testing/chaos-server.ts'
import { call } from '../testing/invocation.ts'

const host: HostReport = {
  host: 'mirror.example',
  url: 'https://mirror.example/v2/',
  repository: 'team/app',
  role: 'mirror',
  reads: ['tags', 'digests-after-tag'],
  asked: true,
  pushes: false,
  tls: { used: true, verified: true, files: ['/c/ca.crt'] },
  proxy: { reason: 'NO_PROXY lists ".example"' },
  credentials: { place: '/h/config.json', entry: 'auths["mirror.example"]', kind: 'password' },
  answer: { works: true, hasImage: true },
}
const report: ReferenceReport = {
  reference: 'r.example/team/app:1',
  works: true,
  decidedBy: { file: '/etc/containers/registries.conf', setting: '[[registry]] "r.example"' },
  blocked: false,
  hosts: [
    host,
    { ...host, host: 'r.example', role: 'registry', pushes: true, answer: { works: false, reason: 'late \u{1b}[2J' } },
  ],
}

function engine(found: ReferenceReport) {
  const requests: Omit<ExplainReferenceOptions, 'signal' | 'env'>[] = []
  return {
    requests,
    explainReference: async ({ reference, insecure }: ExplainReferenceOptions) => {
      requests.push({ reference, insecure })
      return found
    },
  }
}

test('doctor REFERENCE prints what decides and every host', async () => {
  const found = engine(report)
  const { status, stdout } = await call(['doctor', 'r.example/team/app:1', '--tls-verify=false'], { engine: found })
  expect(status).toBe(0)
  expect(found.requests).toEqual([{ reference: 'r.example/team/app:1', insecure: true }])
  expect(stdout).toContain(
    `r.example/team/app:1: can be read
decided by /etc/containers/registries.conf: [[registry]] "r.example"

Read from, in this order:
  1. mirror.example/team/app
     role         mirror, for tags and digests of the tags it resolved
     url          https://mirror.example/v2/
     tls          certificate verified, with /c/ca.crt
     proxy        none (NO_PROXY lists ".example")
     credentials  password of /h/config.json: auths["mirror.example"]
     answer       works, has the image
`,
  )
  expect(stdout).toContain('fails: late ')
  expect(stdout).not.toContain('\u{1b}')
  expect(stdout).toContain('\nPushed to: r.example/team/app\n')
})

test('a reference that cannot be read is exit code 4, also in JSON', async () => {
  const broken = { ...report, works: false, blocked: true, hosts: [] }
  const text = await call(['doctor', 'app'], { engine: engine(broken) })
  expect(text).toMatchObject({ status: 4, stdout: expect.stringContaining('blocked: no request is sent') })
  const json = await call(['doctor', 'app', '--json'], { engine: engine(broken) })
  expect([json.status, JSON.parse(json.stdout)]).toEqual([4, broken])
})

test.each([
  [['doctor', 'app', '--store'], 'option --store cannot be used with a REFERENCE'],
  [['doctor', 'app', '--repair'], 'option --store cannot be used with a REFERENCE'],
  [['doctor', 'app', '--root', '/s'], 'option --root cannot be used with a REFERENCE'],
  [['doctor', '--insecure'], 'option --insecure needs a REFERENCE'],
  [['doctor', '--authfile', 'x'], 'option --authfile needs a REFERENCE'],
])('%j is refused', async (argv, message) => {
  expect(await call(argv)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
})

test('a registry without the image works; the name has its tag', async () => {
  await using registry = await startChaos(({ url }, response) => response.writeHead(url === '/v2/' ? 200 : 404).end())
  const outcome = await call(['doctor', `${registry.host}/app`], { engine: { explainReference } })
  expect(outcome.status).toBe(0)
  expect(outcome.stdout).toMatch(`${registry.host}/app:latest: can be read`)
  expect(outcome.stdout).toContain('works, lacks the image')
})
