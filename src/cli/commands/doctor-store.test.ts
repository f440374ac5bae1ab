import { expect, test } from 'vitest'
import type { CheckStoreOptions } from '../../diagnosis/check-store.ts'
import type { StoreCheck, StoreProblem } from '../../diagnosis/store-problem.ts'
import { call } from '../testing/invocation.ts'

const problem: StoreProblem = { kind: 'blob', path: '/s/v1/blob', reason: 'it is torn', repair: 'remove' }
const checked = { blobs: 2, layers: 1, records: 3, images: 1 }

function engine(found: Pick<StoreCheck, 'problems' | 'repaired'>) {
  const requests: CheckStoreOptions[] = []
  const checkStore = async ({ root, repair }: CheckStoreOptions): Promise<StoreCheck> => {
    requests.push({ ...(root !== undefined && { root }), ...(repair !== undefined && { repair }) })
    return { store: '/s/v1', checked, ...found }
  }
  return { requests, checkStore }
}

test('problems are listed with a hint, and are exit code 1', async () => {
  const found = engine({ problems: [problem], repaired: [] })
  const { stdout, status: code } = await call(['doctor', '--store', '--root', '/s'], { engine: found })
  expect(code).toBe(1)
  expect(stdout).toContain('/s/v1: 1 image, 2 blobs, 1 layer, 3 records checked')
  expect(stdout).toContain('  blob       /s/v1/blob: it is torn\n')
  expect(stdout).toContain('hint: "tsbuild doctor --store --repair"')
  expect(found.requests).toEqual([{ root: '/s', repair: false }])
})

test('--repair means --store; what was repaired is listed and is exit code 0', async () => {
  const found = engine({ problems: [], repaired: [problem] })
  const { stdout, status: code } = await call(['doctor', '--repair'], { engine: found })
  expect(code).toBe(0)
  expect(stdout).toContain('repaired 1 problem:\n  blob ')
  expect(found.requests).toEqual([{ repair: true }])
})

test('--json prints the check', async () => {
  const found = engine({ problems: [], repaired: [] })
  const { stdout } = await call(['doctor', '--store', '--json'], { engine: found })
  expect(JSON.parse(stdout)).toEqual({ store: '/s/v1', checked, problems: [], repaired: [] })
})
